"""The auth service's expected failures. Codes are public and never change."""

from shared.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotAuthenticatedError,
    NotFoundError,
    RateLimitedError,
)


class LoginFailedError(NotAuthenticatedError):
    code, title = "login-failed", "E-mail address or password is not right"


class TooManyGuessesError(RateLimitedError):
    code, title = "too-many-guesses", "Too many wrong attempts; wait, or use a known device"


class SecondFactorRequiredError(NotAuthenticatedError):
    code, title = "second-factor-required", "Send the code of your authenticator too"


class SecondFactorWrongError(NotAuthenticatedError):
    code, title = "second-factor-wrong", "The code is not right, or has been used"


class SecondFactorMissingError(ConflictError):
    code, title = "second-factor-missing", "Two-factor sign-in is not set up"


class SecondFactorExistsError(ConflictError):
    code, title = "second-factor-exists", "Two-factor sign-in is set up already"


class LinkInvalidError(InvalidInputError):
    code, title = "link-invalid", "The link has been used, has expired, or is not ours"


class TokenInvalidError(NotAuthenticatedError):
    code, title = "token-invalid", "The access token is not valid, or has expired"


class RefreshRefusedError(NotAuthenticatedError):
    code, title = "refresh-refused", "The session has ended; sign in again"


class ApiKeyInvalidError(NotAuthenticatedError):
    code, title = "api-key-invalid", "The API key is not valid here"


class PasswordRefusedError(InvalidInputError):
    code, title = "password-refused", "Choose another password"


class SessionRequiredError(ForbiddenError):
    code, title = "session-required", "Only a signed-in person may do this, not an API key"


class SessionNotFoundError(NotFoundError):
    code, title = "session-not-found", "No such session"


class ApiKeyNotFoundError(NotFoundError):
    code, title = "api-key-not-found", "No such API key"


class ApiKeyLimitError(ConflictError):
    code, title = "api-key-limit", "The plan allows no further API key"


class ApiKeyReplacedError(ConflictError):
    code, title = "api-key-replaced", "The key has a successor already; rotate that one"


class ApiKeyOverlapError(ConflictError):
    code = "api-key-overlap"
    title = "The key before this one still works: revoke it, or wait until it has ended"


class WorkspaceNotFoundError(NotFoundError):
    code, title = "workspace-not-found", "No such workspace"


class WorkspaceLimitError(ConflictError):
    code, title = "workspace-limit", "Your plan allows no further workspace of your own"


class MemberNotFoundError(NotFoundError):
    code, title = "member-not-found", "No such member"


class OwnerRequiredError(ForbiddenError):
    code, title = "owner-required", "Only an owner of the workspace may do this"


class LastOwnerError(ConflictError):
    code, title = "last-owner", "A workspace keeps at least one owner"


class PersonalWorkspaceError(ConflictError):
    code, title = "personal-workspace", "A personal workspace has one member and stays"


class PlanNotFoundError(InvalidInputError):
    code, title = "plan-not-found", "No such plan"


class BillingSignatureError(NotAuthenticatedError):
    code, title = "billing-signature", "The event is not signed by the billing system"


class ReservationNotFoundError(NotFoundError):
    code, title = "reservation-not-found", "No such reservation"


class ProviderNotFoundError(NotFoundError):
    code, title = "provider-not-found", "This sign-in provider is not set up here"


class OAuthRefusedError(NotAuthenticatedError):
    code, title = "oauth-refused", "The sign-in elsewhere did not succeed"


class OAuthEmailUnverifiedError(NotAuthenticatedError):
    code = "oauth-email-unverified"
    title = "The provider vouches for no e-mail address; register here, then link the account"


class OAuthAccountExistsError(ConflictError):
    code = "oauth-account-exists"
    title = "There is an account with this address; sign in to it, then link the other"


class IdentityTakenError(ConflictError):
    code, title = "identity-taken", "This account elsewhere signs in to another account here"


class IdentityNotFoundError(NotFoundError):
    code, title = "identity-not-found", "No such account is linked"


class LastSignInError(ConflictError):
    code, title = "last-sign-in", "Set a password first: nothing else would sign you in"


class SelfSuspensionError(ConflictError):
    code, title = "self-suspension", "Somebody else has to suspend you"


class DeletionNotFoundError(NotFoundError):
    code, title = "deletion-not-found", "No such deletion"


class ExportNotFoundError(NotFoundError):
    code, title = "export-not-found", "No such export"


class ExportNotReadyError(ConflictError):
    code, title = "export-not-ready", "The archive is not there to be fetched"


class PasskeyNotFoundError(NotFoundError):
    code, title = "passkey-not-found", "No such passkey"


class PasskeyRefusedError(NotAuthenticatedError):
    code, title = "passkey-refused", "The passkey did not prove that it is you; try again"


class PasskeyExistsError(ConflictError):
    code, title = "passkey-exists", "This passkey is registered already"


class PasskeyLimitError(ConflictError):
    code, title = "passkey-limit", "There are enough passkeys on this account; remove one first"


class UserNotFoundError(NotFoundError):
    code, title = "user-not-found", "No such user"
