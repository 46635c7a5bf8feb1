"""Local providers that behave as SendGrid, Expo, Twilio and a webhook receiver document it."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

SENDGRID_KEY, TWILIO_SID, TWILIO_TOKEN, EXPO_TOKEN = "SG.test", "AC0123", "twilio-token", "expo"


@dataclass
class Providers:
    """One server for all four; ``fail_with`` holds status codes to answer with first."""

    mails: list[dict[str, Any]] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    hooks: list[dict[str, Any]] = field(default_factory=list)
    fail_with: list[int] = field(default_factory=list)
    webhook_secret: str = ""

    def app(self) -> Starlette:
        """Return the ASGI app."""
        routes = [
            Route("/v3/mail/send", self._sendgrid, methods=["POST"]),
            Route("/--/api/v2/push/send", self._expo, methods=["POST"]),
            Route(
                f"/2010-04-01/Accounts/{TWILIO_SID}/Messages.json", self._twilio, methods=["POST"]
            ),
            Route("/hook", self._hook, methods=["POST"]),
            Route("/drip", self._drip, methods=["POST"]),
            Route("/moved", self._moved, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def _sendgrid(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SENDGRID_KEY}":
            return JSONResponse({"errors": [{"message": "authorization required"}]}, 401)
        if self.fail_with:
            return JSONResponse({"errors": [{"message": "no"}]}, self.fail_with.pop(0))
        mail = await request.json()
        if not mail.get("personalizations") or not mail.get("content"):
            return JSONResponse({"errors": [{"message": "incomplete"}]}, 400)
        self.mails.append(mail)
        return Response(status_code=202)

    async def _expo(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {EXPO_TOKEN}":
            return JSONResponse({"errors": [{"code": "UNAUTHORIZED", "message": "no"}]}, 401)
        if self.fail_with:
            return JSONResponse({"errors": [{"code": "INTERNAL"}]}, self.fail_with.pop(0))
        messages = await request.json()
        tickets = []
        for message in messages:
            if "gone" in message["to"]:
                details = {"error": "DeviceNotRegistered"}
                tickets.append({"status": "error", "message": "not here", "details": details})
            else:
                self.pushes.append(message)
                tickets.append({"status": "ok", "id": "ticket"})
        return JSONResponse({"data": tickets})

    async def _twilio(self, request: Request) -> Response:
        expected = base64.b64encode(f"{TWILIO_SID}:{TWILIO_TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)
        if self.fail_with:
            status = self.fail_with.pop(0)
            return JSONResponse({"code": 20429, "message": "busy", "status": status}, status)
        form = dict(await request.form())
        if form["To"] == "+15005550001":
            answer = {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}
            return JSONResponse(answer, 400)
        self.texts.append(form)
        return JSONResponse({"sid": "SM1", "status": "queued"}, 201)

    async def _hook(self, request: Request) -> Response:
        body = await request.body()
        try:
            event = Webhook(self.webhook_secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        if self.fail_with:
            return Response(status_code=self.fail_with.pop(0))
        self.hooks.append({"event": event, "id": request.headers["webhook-id"]})
        return Response(status_code=204)

    async def _drip(self, request: Request) -> Response:
        """Answer with one byte and then nothing for as long as somebody listens."""

        await request.body()

        async def drops() -> AsyncIterator[bytes]:
            yield b"."
            await request.receive()

        return StreamingResponse(drops())

    async def _moved(self, request: Request) -> Response:
        return Response(status_code=302, headers={"Location": "/hook"})
