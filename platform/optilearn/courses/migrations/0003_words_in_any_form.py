from django.db import migrations

WORDS = """
CREATE OR REPLACE FUNCTION optilearn_course_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    main text := {fold}(concat_ws(
        ' ', NEW.title, NEW.code, NEW.category, array_to_string(NEW.tags, ' ')));
    rest text := {fold}(regexp_replace(NEW.description, '<[^>]*>', ' ', 'g'));
BEGIN
    NEW.search :=
        setweight(to_tsvector('simple', main), 'A')
        || setweight(to_tsvector('english', main), 'B')
        || setweight(to_tsvector('hindi', main), 'B')
        || setweight(to_tsvector('english', rest), 'D')
        || setweight(to_tsvector('hindi', rest), 'D');
    RETURN NEW;
END $$;
ALTER TABLE courses_course NO FORCE ROW LEVEL SECURITY;  -- or its owner would see no row
UPDATE courses_course SET title = title;
ALTER TABLE courses_course FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_text'),
        ('courses', '0002_catalogue'),
    ]

    operations = [
        migrations.RunSQL(WORDS.format(fold='optilearn_fold'), WORDS.format(fold='')),
    ]
