from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0002_unused'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='file',
            index=models.Index(fields=['institution', 'owner'], include=['size_bytes'], name='file_bytes'),
        ),
    ]
