from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='file',
            name='released_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(
                condition=models.Q(('is_kept', False)),
                fields=['institution', 'ready_at'],
                name='file_unused',
            ),
        ),
    ]
