"""Import and export of question banks: GIFT, Aiken, Moodle XML, QTI."""
