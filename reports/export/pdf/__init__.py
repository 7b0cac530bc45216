"""PDF by typst: paginated tables with repeated heads, a chart, and shaped Devanagari."""

from reports.export.pdf.document import MOST_ROWS, to_pdf

__all__ = ["MOST_ROWS", "to_pdf"]
