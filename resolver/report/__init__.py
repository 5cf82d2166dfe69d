"""The report: one offline HTML file."""

from resolver.report.page import write_report

__all__ = ["write_report"]
