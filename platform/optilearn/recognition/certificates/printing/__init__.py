"""PDFs of certificates by typst."""
