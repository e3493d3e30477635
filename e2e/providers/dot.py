"""A Django site with django-oauth-toolkit and an API, as one app for the tests to connect.

The API takes a Bearer token, an API key (`Authorization: Token …`) and basic authentication.

Environment: PORT; DATA = directory for its database; REDIRECTS = space-separated redirect URIs;
AT_TTL in seconds; ROTATE=1|0: a new refresh token at each refresh (an old one that returns ends them all);
PEOPLE = JSON list of {"name", "password", "key"}.

GET /control tells how many token requests there were, by grant type and status (for tests only).
"""

import json
import os
import socketserver
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

PORT = int(os.environ.get("PORT", "0"))
DATA = os.environ["DATA"]
REDIRECTS = os.environ.get("REDIRECTS", "http://127.0.0.1:9899/cb")

LOGIN_PAGE = """<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Sign in</button></form>"""


def signing_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


settings.configure(
    SECRET_KEY="for tests only, fifty characters long or a bit more than that",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGIN_URL="/accounts/login/",
    # Client secrets and passwords are hashed; a slow hash would only slow the tests down.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(DATA, "site.sqlite3"),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
            },
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
        "rest_framework",
        "rest_framework.authtoken",
    ],
    MIDDLEWARE=[
        f"{__name__}.token_requests",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"registration/login.html": LOGIN_PAGE},
                    ),
                    "django.template.loaders.app_directories.Loader",
                ],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        }
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
            "rest_framework.authentication.TokenAuthentication",
            "rest_framework.authentication.BasicAuthentication",
        ],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    OAUTH2_PROVIDER={
        "SCOPES": {"read": "See your contacts", "write": "Send messages for you"},
        "DEFAULT_SCOPES": ["read"],
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ.get("AT_TTL", "5")),
        "REFRESH_TOKEN_EXPIRE_SECONDS": 3600,
        "ROTATE_REFRESH_TOKEN": os.environ.get("ROTATE", "1") == "1",
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "PKCE_REQUIRED": True,
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": signing_key(),
    },
)
django.setup()

from django.contrib.auth import views as auth_views  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from rest_framework import permissions  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

seen = {"tokenRequests": 0, "granted": {}, "refused": {}, "messages": [], "calls": []}
seen_lock = threading.Lock()


def token_requests(get_response):
    """Middleware: counts what arrives at the token endpoint, and how it ended."""

    def handle(request):
        if request.path != "/o/token/":
            return get_response(request)
        grant = request.POST.get("grant_type", "none")
        response = get_response(request)
        outcome = "granted" if response.status_code == 200 else "refused"
        with seen_lock:
            seen["tokenRequests"] += 1
            seen[outcome][grant] = seen[outcome].get(grant, 0) + 1
        return response

    return handle


def control(request):
    with seen_lock:
        return JsonResponse(seen)


class Resource(APIView):
    permission_classes = [permissions.IsAuthenticated]

    def note(self, request):
        kind = {"Token": "api_key", "NoneType": "basic"}.get(type(request.auth).__name__, "oauth2")
        with seen_lock:
            seen["calls"].append({"path": request.path, "account": str(request.user), "auth": kind})
        return kind


class Me(Resource):
    def get(self, request):
        kind = self.note(request)
        return Response(
            {
                "user": str(request.user),
                "email": request.user.email,
                "auth": kind,
                "scope": getattr(request.auth, "scope", None),
            }
        )


class Contacts(Resource):
    def get(self, request):
        self.note(request)
        return Response({"contacts": [{"id": 1, "name": "Ada"}], "account": str(request.user)})


class Messages(Resource):
    def post(self, request):
        self.note(request)
        message = {**request.data, "account": str(request.user)}
        with seen_lock:
            seen["messages"].append(message)
        return Response(message, status=201)


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("accounts/login/", auth_views.LoginView.as_view()),
    path("api/me", Me.as_view()),
    path("api/contacts", Contacts.as_view()),
    path("api/messages", Messages.as_view()),
    path("control", control),
]


def seed():
    call_command("migrate", verbosity=0)
    for person in json.loads(os.environ["PEOPLE"]):
        name = person["name"]
        user = User.objects.create_user(name, f"{name}@example.test", person["password"])
        Token.objects.create(user=user, key=person["key"])
    Application.objects.create(
        name="Patchbay",
        user=user,
        client_id="web",
        client_secret="web-secret",
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=REDIRECTS,
    )
    Application.objects.create(
        name="Service",
        user=user,
        client_id="svc",
        client_secret="svc-secret",
        client_type="confidential",
        authorization_grant_type="client-credentials",
    )


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    seed()
    server = make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Quiet)
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
