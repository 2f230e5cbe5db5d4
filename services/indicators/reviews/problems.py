"""What a review can be refused for, and the sentences of its rows."""

from services.kit.problems import Conflict, Invalid

DETAILS = {
    "unknown-assignment": "No existe una asignación con ese código en la dependencia.",
    "no-measurement": "No hay un valor reportado en ese período.",
    "invalid-transition": "Se devuelve o aprueba lo enviado y se envía lo devuelto; lo reportado ya está enviado.",
    "own-submission": "Quien envió el valor, o quien lo reemplaza, no lo aprueba; debe hacerlo otra persona.",
}


class ReasonMissing(Invalid):
    code, title = "reason-missing", "Falta el motivo"
    default_detail = "Al devolver, indique en reason qué debe corregirse."


class NothingReviewed(Conflict):
    code, title = "nothing-reviewed", "Ninguna celda revisada"
    default_detail = "Ninguna celda admitió la acción: en rows está, celda por celda, por qué."
