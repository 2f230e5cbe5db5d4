"""What each kind of policy rules, as its author writes it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from services.kit.problems import FieldError
from services.kit.spelling import OneSpelling, Whole
from services.plans.editing.schemas import Body
from services.plans.folding import folded
from services.plans.problems import Refused

Kind = Literal["lint_verbs", "pac_deadlines", "project_lights"]
Points = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4), OneSpelling]
# What is folded has no accents: «construir» and «reír» end alike.
_INFINITIVE = re.compile(r"[a-z]+[aei]r(se)?")


class Verb(Body):
    verb: str = Field(min_length=3, max_length=60)
    source: str | None = Field(default=None, min_length=3, max_length=300)


class VerbRules(Body):
    """The infinitives an objective may start with."""

    verbs: list[Verb] = Field(min_length=1, max_length=500)

    def check(self) -> None:
        """Raises Refused naming each verb that is no infinitive or stands twice."""
        seen: set[str] = set()
        errors = []
        for index, entry in enumerate(self.verbs):
            pointer, verb = f"/rules/verbs/{index}/verb", folded(entry.verb)
            if not _INFINITIVE.fullmatch(verb):
                detail = f"«{entry.verb}» no es un infinitivo de una palabra."
                errors.append(FieldError(pointer, "not-an-infinitive", detail))
            elif verb in seen:
                errors.append(FieldError(pointer, "verb-repeated", f"«{entry.verb}» ya consta en la lista."))
            seen.add(verb)
        if errors:
            raise Refused(errors)


class DeadlineRules(Body):
    """Business days in which a reform of the PAC is answered."""

    deadline_business_days: Whole = Field(ge=1, le=250)

    def check(self) -> None:
        """Nothing beyond its shape."""


class LightRules(Body):
    """Points behind the plan from which a project's light is amber and red."""

    amber_points: Points
    red_points: Points

    def check(self) -> None:
        """Raises Refused unless amber begins before red."""
        if self.amber_points >= self.red_points:
            detail = "El rojo empieza con más puntos de retraso que el ámbar."
            raise Refused([FieldError("/rules/red_points", "bands-out-of-order", detail)])


Rules = VerbRules | DeadlineRules | LightRules
RULES: dict[str, type[Rules]] = {
    "lint_verbs": VerbRules,
    "pac_deadlines": DeadlineRules,
    "project_lights": LightRules,
}
