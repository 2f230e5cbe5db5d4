"""Why a row is rejected: stable codes, the field at fault, and what to do next in the reader's language."""

from __future__ import annotations

from typing import Final

DETAILS: Final = {
    "unknown-post": "No existe ese puesto, o no es de la dependencia nombrada. Revise el código en /posts.",
    "unknown-dependencia": "No existe la dependencia nombrada, o no tiene puesto responsable. Revise /dependencias.",
    "not-in-scope": "El puesto o la persona no están a su alcance. Pida el permiso a quien administra la dependencia.",
    "invalid-cedula": "No es una cédula ni el RUC de una persona natural. Revise los dígitos.",
    "unknown-person": "No existe esa persona a su alcance. Envíe la cédula con nombres y apellidos para registrarla.",
    "person-incomplete": "La cédula no está registrada. Envíe también given_names y family_names.",
    "person-mismatch": "Dos filas del envío dan datos distintos de la misma cédula; no se tomó ninguna.",
    "invalid-kind": "La clase de designación es holder (titular), acting (encargado) o substitute (subrogante).",
    "invalid-date": "Las fechas son AAAA-MM-DD y la última no es anterior a la primera.",
    "invalid-subject": "No es el nombre de una cuenta: minúsculas, dígitos, punto, guion; de 1 a 64 caracteres.",
    "own-account": "Nadie se designa encargado o subrogante a sí mismo. Pida a otra persona que lo registre.",
    "invalid-email": "No es una dirección de correo.",
    "invalid-text": "El texto es demasiado largo o tiene caracteres de control.",
    "outside-post-validity": "El puesto no existe todos esos días. Revise valid_from y valid_to en /posts.",
    "duplicate-row": "Otra fila nombra la misma persona, puesto, clase y primer día; no se tomó ninguna. Deje una.",
    "appointment-overlap": "En esos días el puesto ya tiene otra persona. Termine primero la designación anterior.",
    "substitute-outside": "El subrogante queda dentro de la designación o la ausencia de otra persona del puesto.",
    "substitute-left-outside": "Un subrogante quedaría sin a quién reemplazar. Termine antes su designación.",
}
FIELDS: Final = {
    "unknown-post": "post",
    "unknown-dependencia": "dependencia",
    "not-in-scope": "post",
    "invalid-cedula": "cedula",
    "unknown-person": "person",
    "person-incomplete": "given_names",
    "person-mismatch": "cedula",
    "invalid-kind": "kind",
    "invalid-date": "valid_from",
    "invalid-subject": "subject",
    "own-account": "subject",
    "invalid-email": "email",
    "invalid-text": "document",
    "outside-post-validity": "valid_from",
    "duplicate-row": "post",
    "appointment-overlap": "valid_from",
    "substitute-outside": "valid_from",
    "substitute-left-outside": "valid_to",
}
