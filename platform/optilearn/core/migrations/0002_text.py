from django.db import migrations

# The rule of optilearn.core.text in SQL. ASCII, which most text is, takes the short way.
FOLD = r"""
CREATE FUNCTION optilearn_fold(t text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(t) = char_length(t) THEN lower(t) ELSE
        normalize(replace(replace(lower(normalize(translate(t,
            U&'\00AD\034F\061C\180E\200B\200C\200D\200E\200F\202A\202B\202C\202D\202E'
            '\2060\2061\2062\2063\2064\2066\2067\2068\2069\FEFF\FE0E\FE0F',
            ''), NFKC)), 'ß', 'ss'), 'ς', 'σ'), NFKC) END
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION optilearn_fold(text);"),
    ]
