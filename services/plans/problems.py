"""Everything this service refuses beyond shape and access, as facts with stable codes."""

from __future__ import annotations

from collections.abc import Sequence

from services.kit.problems import Conflict, FieldError, Forbidden, Invalid


class PlanNotInDraft(Conflict):
    code, title = "plan-not-in-draft", "El plan no está en borrador"
    default_detail = "Solo se edita un plan en borrador u observado. Un plan aprobado se cambia con una reforma."


class PlanNotApproved(Conflict):
    code, title = "plan-not-approved", "El plan no está aprobado"
    default_detail = "Solo se reforma un plan aprobado o en ejecución. Un borrador se edita directamente."


class ParentNotApproved(Conflict):
    code, title = "parent-not-approved", "El plan que desarrolla no está aprobado"
    default_detail = "Un plan se aprueba después del que desarrolla. Apruebe primero aquel."

    def __init__(self, parent: str) -> None:
        detail = f"Este plan desarrolla {parent}, que todavía no se aprobó. Apruébelo primero."
        super().__init__(detail, extensions={"parent": parent})


class PlanExists(Conflict):
    code, title = "code-already-used", "Código ya usado"
    default_detail = "Ese código ya existe; los códigos no se reutilizan. Elija otro."


class StillReferenced(Conflict):
    code, title = "still-referenced", "Todavía hay quien lo usa"
    default_detail = "Hay objetivos o estrategias que dependen de él. Realíneelos o elimínelos primero."


class UnlawfulTransition(Conflict):
    code, title = "unlawful-transition", "Transición no permitida"

    def __init__(self, current: str, wanted: str, lawful: Sequence[str]) -> None:
        ways = ", ".join(lawful) or "ninguno: es un estado final"
        super().__init__(
            f"De «{current}» no se pasa a «{wanted}». Estados posibles: {ways}.",
            extensions={"current": current, "lawful": list(lawful)},
        )


class OpenObservations(Conflict):
    code, title = "open-observations", "Hay observaciones sin resolver"
    default_detail = "Un plan con observaciones abiertas no se valida. Resuélvalas primero."


class OpenReforms(Conflict):
    code, title = "open-reforms", "Hay reformas en trámite"
    default_detail = "Un plan no se cierra con reformas enviadas y sin decidir. Apruébelas o rechácelas primero."


class NewVersionInBetween(Conflict):
    code, title = "base-version-stale", "El plan cambió desde que se preparó la reforma"
    default_detail = "Otra reforma se aprobó antes. Revise esta sobre la versión actual y envíela de nuevo."


class SeparationOfDuties(Forbidden):
    code, title = "separation-of-duties", "Separación de funciones"
    default_detail = "Quien envía no valida ni aprueba, y quien valida no aprueba. Debe hacerlo otra persona."


class LintErrors(Invalid):
    code, title = "methodology-errors", "Hay errores metodológicos"
    default_detail = "El plan tiene hallazgos de severidad error; vea errors. Corríjalos y envíe de nuevo."


class ActMissing(Invalid):
    code, title = "act-missing", "Falta el acto de aprobación"
    default_detail = "La aprobación necesita el órgano, el número y la fecha del acto."

    def __init__(self, pointer: str = "/act") -> None:
        super().__init__(errors=[FieldError(pointer, self.code, self.default_detail)])


class WrongBody(Invalid):
    code, title = "wrong-approval-body", "No es el órgano que aprueba"

    def __init__(self, lawful: str) -> None:
        detail = f"Este plan lo aprueba: {lawful}."
        super().__init__(detail, errors=[FieldError("/act/body", self.code, detail)], extensions={"lawful": lawful})


class ReasonMissing(Invalid):
    code, title = "reason-missing", "Falta el motivo"
    default_detail = "Esta transición necesita un motivo en `reason`."

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("/reason", self.code, self.default_detail)])


class Refused(Invalid):
    """One or more named violations of the rules of plans."""

    code, title = "plan-rules-violated", "No cumple las reglas del plan"
    default_detail = "Hay datos que no cumplen las reglas; vea errors. Nada se aplicó."

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors=errors)


def refused(pointer: str, code: str, detail: str) -> Refused:
    """A refusal of one thing."""
    return Refused([FieldError(pointer, code, detail)])
