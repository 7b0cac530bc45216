"""PDF by typst: paginated tables with repeated heads, a chart, and shaped Devanagari."""

from reports.export.pdf.document import MAX_ROWS, to_pdf

__all__ = ["MAX_ROWS", "to_pdf"]
