"""
An HTML template that can only lay out values.

It runs in Jinja's sandbox, escapes everything, reads its own folder alone, and cannot switch any
of this off: a template that tries is refused when the deployment is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final

import jinja2
from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mohar.domain.errors import ConfigError, InvalidInput
from mohar.domain.findings import Finding
from mohar_renderer_pdf._within import TemplateFolder

_UNESCAPED: Final = (nodes.EvalContextModifier, nodes.ScopedEvalContextModifier, nodes.MarkSafe)
_LABELLING: Final = frozenset({"text", "words"})


class Template:
    """
    One template with all that it includes, compiled.

    Raises:
        ConfigError: a template is missing, is no Jinja, switches escaping off, or includes
            something by a computed name.
    """

    def __init__(
        self,
        folder: TemplateFolder,
        name: str,
        filters: Mapping[str, Callable[..., Any]],
        finalize: Callable[[Any], Any] | None = None,
    ) -> None:
        self._folder = folder
        self._name = name
        self._filters = filters
        self._environment = _environment(folder, filters, finalize)
        self.sources = self._read(name)
        self._template = self._compiled(name)

    def render(self, values: Mapping[str, Any]) -> str:
        """
        Return the page as HTML.

        Raises:
            InvalidInput: the template asks for what this document has not, or fails otherwise;
                the message names the template, the line and the sort of failure only.
        """
        try:
            return self._template.render(values)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            TemplateError,
            TypeError,
            ValueError,
        ) as error:
            message = (
                f"{self._place(error.__traceback__)}: the template cannot print this document "
                f"({type(error).__name__}); test with `is defined` what a document may lack"
            )
            finding = Finding(code="pdf-template-failed", message=message)
            raise InvalidInput(message, [finding]) from error

    def passing(self, finalize: Callable[[Any], Any]) -> Template:
        """Return the same template in which everything it prints passes through `finalize`."""
        return Template(self._folder, self._name, self._filters, finalize)

    def labels(self) -> Iterator[tuple[str, str]]:
        """Give each label the templates ask for by a literal name, and where they do."""
        for name, source in self.sources.items():
            for call in self._environment.parse(source).find_all(nodes.Call):
                first = call.args[0] if call.args else None
                if _is_label(call) and isinstance(first, nodes.Const):
                    yield str(first.value), f"{self._folder.shown(name)}:{call.lineno}"

    def _read(self, name: str) -> dict[str, str]:
        """Return the sources of a template and of all that it includes."""
        sources: dict[str, str] = {}
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each not in sources:
                sources[each] = self._folder.text(each)
                waiting += self._included(each, sources[each])
        return sources

    def _included(self, name: str, source: str) -> list[str]:
        try:
            tree = self._environment.parse(source)
        except TemplateSyntaxError as error:
            raise self._mistake(name, error.lineno, str(error.message)) from error
        for node in tree.find_all(_UNESCAPED):
            raise self._mistake(name, node.lineno, "a template cannot switch escaping off")
        included = list(meta.find_referenced_templates(tree))
        if None in included:
            raise self._mistake(name, 1, "a template is included by a literal name only")
        return [each for each in included if each is not None]

    def _compiled(self, name: str) -> jinja2.Template:
        for each in self.sources:
            try:
                self._environment.get_template(each)
            except TemplateSyntaxError as error:
                raise self._mistake(each, error.lineno, str(error.message)) from error
        return self._environment.get_template(name)

    def _mistake(self, name: str, line: int, what: str) -> ConfigError:
        return ConfigError(f"{self._folder.shown(name)}:{line}: {what}")

    def _place(self, traceback: TracebackType | None) -> str:
        """Return the template and line an error came from: the innermost frame that is one."""
        place = "the template"
        shown = {self._folder.shown(name) for name in self.sources}
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename in shown:
                place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
            traceback = traceback.tb_next
        return place


def _environment(
    folder: TemplateFolder,
    filters: Mapping[str, Callable[..., Any]],
    finalize: Callable[[Any], Any] | None,
) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: (folder.text(name), folder.shown(name), lambda: True)),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    # Without it a template has no way to print a value as HTML.
    del environment.filters["safe"]
    environment.filters.update(filters)
    return environment


def _is_label(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in _LABELLING
