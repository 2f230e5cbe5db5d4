"""The whole text: articles, units, NOTAs applied, completeness checked."""

from __future__ import annotations

from services.orgchart.importers.rof import checks, structure
from services.orgchart.importers.rof.accounted import unplaced
from services.orgchart.importers.rof.annexed.competences import competences
from services.orgchart.importers.rof.annexed.directive_posts import directive_posts
from services.orgchart.importers.rof.annexed.dispositions import dispositions
from services.orgchart.importers.rof.annexed.general_items import general_items
from services.orgchart.importers.rof.annexed.provinces import province_table
from services.orgchart.importers.rof.article10 import Article10
from services.orgchart.importers.rof.articles import Chapter, opens_article, split_articles
from services.orgchart.importers.rof.freezing import all_items, unit_versions
from services.orgchart.importers.rof.lines import first_control_character, read_lines
from services.orgchart.importers.rof.model import Article, Codification, Finding, Severity
from services.orgchart.importers.rof.origin import find_origin
from services.orgchart.importers.rof.spanish import join


def parse(text: str) -> Codification:
    """Reads a codified text of the regulation.

    Returns dated facts and findings; never raises for what the text says. When a finding of severity error is
    among them, the facts must not be loaded. Source of the rules: Art. 8, 10-14 and the NOTAs themselves.
    """
    if (line := first_control_character(text)) is not None:
        return _nothing([Finding(line, "control-character", Severity.ERROR, "el texto tiene un carácter de control")])
    lines = read_lines(text)
    chapters = split_articles(lines)
    origin, findings = find_origin(chapters)
    if origin is None:
        return _nothing(findings)
    if missing := _missing_articles(chapters):
        return _nothing([*findings, *missing])
    findings += [*_unknown_notes(chapters), *_articles_out_of_order(chapters)]
    body = Article10(origin)
    body.read(_chapter(chapters, 10))
    general, general_findings = general_items(_chapter(chapters, 11), origin)
    levels, competence_findings = competences(chapters, origin)
    provinces, table_findings = province_table(_chapter(chapters, 12))
    disposed, disposition_findings = dispositions(chapters, origin)
    posts, post_findings = directive_posts(_chapter(chapters, 3), origin)
    entries, entry_findings = structure.entries(_chapter(chapters, 8), origin)
    findings += [
        *body.findings, *general_findings, *competence_findings, *table_findings, *disposition_findings, *post_findings,
        *entry_findings,
    ]  # fmt: skip
    result = Codification(
        resolutions=(),
        units=tuple(unit_versions(body.units, structure.process_groups(chapters))),
        items=tuple(all_items(body.units)),
        general_items=tuple(general),
        structure=tuple(entries),
        provinces=tuple(provinces),
        competences=tuple(levels),
        dispositions=tuple(disposed),
        directive_posts=tuple(posts),
        articles=tuple(_plain_articles(chapters)),
        findings=(),
    )
    findings += checks.completeness(result, body.held_notes, chapters)
    told = {finding.line for finding in findings}
    findings += [finding for finding in unplaced(lines, result) if finding.line not in told]
    return checks.finished(result, findings, origin, chapters)


def _chapter(chapters: list[Chapter], article: int) -> Chapter:
    found = [c for c in chapters if c.article == article]
    return found[0] if found else Chapter(article=article, title="", line=0)


def _missing_articles(chapters: list[Chapter]) -> list[Finding]:
    """Those without which there is nothing to read: structure, units, what all of them share."""
    present = {chapter.article for chapter in chapters if chapter.parts}
    return [
        Finding(1, "article-missing", Severity.ERROR, f"no se encuentra el artículo {article}, o está vacío")
        for article in (8, 10, 11)
        if article not in present
    ]


def _plain_articles(chapters: list[Chapter]) -> list[Article]:
    taken_apart = {8, 10, 11, 12, 13, 14}
    return [
        Article(c.article, c.title, join(line.text for line in c.lines()), tuple(line.number for line in c.lines()))
        for c in chapters
        if c.article is not None and c.article not in taken_apart
    ]


def _unknown_notes(chapters: list[Chapter]) -> list[Finding]:
    found: list[Finding] = []
    for chapter in chapters:
        for note in chapter.notes():
            if not note.complete:
                found.append(Finding(note.line, "note-incomplete", Severity.ERROR, note.head[:200]))
            elif note.kind == "unknown" or (note.kind in {"held", "change"} and note.target.kind == "unknown"):
                found.append(Finding(note.line, "note-unknown", Severity.ERROR, note.head[:200]))
    return found


def _articles_out_of_order(chapters: list[Chapter]) -> list[Finding]:
    """An article that comes again, or after a later one, would be swallowed by whatever stands before it."""
    return [
        Finding(line.number, "article-out-of-order", Severity.ERROR, line.text[:200])
        for chapter in chapters
        for line in chapter.lines()
        if opens_article(line.text)
    ]


def _nothing(findings: list[Finding]) -> Codification:
    return Codification((), (), (), (), (), (), (), (), (), (), tuple(findings))
