"""PDF by typst: paginated tables with repeated heads, a chart, and shaped Devanagari."""

from reports.export.pdf.document import MAX_ROWS, PdfPart, to_pdf, to_pdf_book

__all__ = ["MAX_ROWS", "PdfPart", "to_pdf", "to_pdf_book"]
