"""What the gateway itself refuses, beyond the kit's problems."""

from __future__ import annotations

from services.kit.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)


class UnsafePath(BadRequest):
    code, title = "unsafe-path", "Dirección no admitida"
    default_detail = "La dirección contiene segmentos o caracteres que no se admiten (.., //, %2F, %00 …)."


class UnsafeQuery(BadRequest):
    code, title = "unsafe-query", "Parámetros no admitidos"
    default_detail = "Los parámetros contienen caracteres sin codificar; codifíquelos con %."


class InvalidCredentials(Unauthorized):
    code, title = "invalid-credentials", "Credenciales incorrectas"
    default_detail = "El usuario o la contraseña no son correctos, o la cuenta no está activa."


class SecondFactorRequired(Unauthorized):
    code, title = "second-factor-required", "Falta el segundo factor"
    default_detail = "La cuenta tiene un segundo factor. Envíe también el código de seis dígitos en otp."


class WrongCode(Invalid):
    code, title = "wrong-code", "Código incorrecto"
    default_detail = "El código no corresponde o ya se usó. Espere el siguiente y vuelva a intentarlo."


class SecondFactorExists(Conflict):
    code, title = "second-factor-exists", "Ya hay un segundo factor"
    default_detail = "La cuenta ya tiene un segundo factor. Para cambiarlo, pida primero que se lo quiten."


class SecondFactorUnreadable(Unavailable):
    code, title = "second-factor-unreadable", "Segundo factor ilegible"
    default_detail = "El segundo factor no puede leerse con las claves de la instalación. Pida que se lo quiten."


class NoProvider(NotFound):
    code, title = "no-identity-provider", "Sin proveedor de identidad"
    default_detail = "Esta instalación no tiene configurado el inicio de sesión institucional."


class ProviderUnavailable(Unavailable):
    code, title = "identity-provider-unavailable", "Proveedor de identidad no disponible"
    default_detail = "El proveedor de identidad no responde. Espere los segundos de Retry-After o use su contraseña."


class ForeignTokenRefused(Unauthorized):
    code, title = "identity-refused", "Identidad no confirmada"
    default_detail = "El proveedor no confirmó la identidad. Empiece otra vez el inicio de sesión."


class UnknownSignIn(Unauthorized):
    code, title = "unknown-sign-in", "Inicio de sesión desconocido"
    default_detail = "Este inicio de sesión no existe, ya terminó o venció. Empiece otra vez."


class IdentityNotLinked(Forbidden):
    code, title = "identity-not-linked", "Identidad sin cuenta"
    default_detail = "La identidad es válida pero no está vinculada a una cuenta activa. Pídalo a la administración."


class IdentityTaken(Conflict):
    code, title = "identity-taken", "Identidad ya vinculada"
    default_detail = "Esa identidad ya está vinculada a otra cuenta."


class NoLinkedIdentity(NotFound):
    code, title = "no-linked-identity", "Sin identidad vinculada"
    default_detail = "La cuenta no existe o no tiene una identidad institucional vinculada."


class OnlyIdentity(Conflict):
    code, title = "only-identity", "Única forma de entrar"
    default_detail = "La cuenta no tiene contraseña: sin la identidad no entraría nadie. Pida antes una invitación."


class TooManyFailures(TooManyRequests):
    code, title = "too-many-failures", "Demasiados intentos fallidos"
    default_detail = "Espere los segundos que indica Retry-After antes de intentarlo otra vez."


class InvalidGrantToken(Unauthorized):
    code, title = "invalid-refresh-token", "Sesión terminada"
    default_detail = "El token de renovación no vale o ya se usó. Inicie sesión otra vez."


class UnsupportedGrantType(BadRequest):
    code, title = "unsupported-grant-type", "Tipo de concesión no admitido"
    default_detail = "grant_type admite client_credentials y refresh_token."


class WrongActivation(Invalid):
    code, title = "invalid-activation", "Activación no válida"
    default_detail = "El código de activación no existe, ya se usó o venció. Pida otro a la administración."


class WeakPassword(Invalid):
    code, title = "weak-password", "Contraseña débil"
    default_detail = "La contraseña debe tener entre 12 y 256 caracteres y no contener el nombre de usuario."


class ExpectedPassword(Invalid):
    code, title = "expected-password", "Contraseña conocida"
    default_detail = "Es una contraseña común, una palabra del entorno con adornos o una serie. Use una frase propia."


class SubjectTaken(Conflict):
    code, title = "subject-taken", "Nombre en uso"
    default_detail = "Ya existe una cuenta con ese nombre; los nombres no se reutilizan."


class AccountNotActivated(Conflict):
    code, title = "account-not-activated", "Cuenta sin activar"
    default_detail = "La cuenta todavía no tiene contraseña. Envíe una invitación; se activa al usarla."


class OwnAccount(Conflict):
    code, title = "own-account", "Su propia cuenta"
    default_detail = "Nadie deshabilita su propia cuenta. Pídalo a otra persona que administre."


class GrantOutOfReach(Invalid):
    code, title = "grant-out-of-reach", "Concesión fuera de su alcance"
    default_detail = "Nadie concede más de lo que tiene: la dependencia o el rol quedan fuera de su alcance."


class GrantExists(Conflict):
    code, title = "grant-exists", "Concesión ya dada"
    default_detail = "La cuenta ya tiene ese rol en esa dependencia durante todas esas fechas."


class EndsBeforeItBegins(Invalid):
    code, title = "ends-before-it-begins", "Vigencia al revés"
    default_detail = "valid_to no puede ser anterior a valid_from (hoy, si falta)."


class GrantToOneself(Invalid):
    code, title = "grant-to-oneself", "Concesión a sí mismo"
    default_detail = "Nadie se concede permisos a sí mismo. Pídalo a otra persona que administre."


class TooManyGrants(Conflict):
    code, title = "too-many-grants", "Demasiadas concesiones"
    default_detail = "La cuenta ya no admite más concesiones vigentes; termine alguna o use una con subordinadas."


class AlreadyEnded(Conflict):
    code, title = "already-ended", "Ya terminada"
    default_detail = "La concesión ya había terminado."


class UnknownDependencia(Invalid):
    code, title = "unknown-dependencia", "Dependencia desconocida"
    default_detail = "No existe una dependencia con ese código."


class UnknownSubject(Invalid):
    code, title = "unknown-subject", "Cuenta desconocida"
    default_detail = "No existe una cuenta activa o invitada con ese nombre."


class QueueFull(Unavailable):
    code, title = "upstream-busy", "Servicio saturado"
    default_detail = "El servicio tiene demasiadas solicitudes en espera. Repita después de Retry-After."


class UpstreamDown(Unavailable):
    code, title = "upstream-unavailable", "Servicio no disponible"


class SlowBody(BadRequest):
    status, code, title = 408, "slow-body", "Cuerpo demasiado lento"
    default_detail = "El cuerpo de la solicitud no terminó de llegar a tiempo. Repita con la misma Idempotency-Key."
