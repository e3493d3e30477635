//! A server in this process: requests go through every layer but the socket.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use patchbay_access::{Access, AccessConfig};
use patchbay_catalog::Catalog;
use patchbay_connect::{Connector, ConnectorParts, vault_open};
use patchbay_egress::{Egress, EgressPolicy};
use patchbay_gateway::Gateway;
use patchbay_runner::{Runner, RunnerParts};
use patchbay_server::{AppState, Front, ServerConfig, listener::Peer, state::AppParts};
use patchbay_store::{
    audit::{AUDIT_KEY_LABEL, AuditKey},
    people::workspace_ensure,
    testing::TestStore,
};
use patchbay_vault::FileKek;
use serde_json::Value;

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Thirty-two bytes that protect nothing.
const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// An address that may be called and where nobody listens: port 1 needs rights that no test has.
const NOBODY: &str = "127.0.0.1:1";

/// The catalog, with the sandbox apps' provider at this address.
fn catalog(provider: &str) -> Catalog {
    let apps = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../apps");
    let moved = tempfile::tempdir().expect("a temporary directory");
    for name in ["sandbox-key.yaml", "sandbox-oauth.yaml"] {
        let manifest = std::fs::read_to_string(apps.join(name)).expect("a manifest");
        // What is not allowed by name must also be https, so that the address is what is refused.
        let at = match provider.strip_prefix("https://") {
            Some(address) => manifest
                .replace("http://127.0.0.1:8701", provider)
                .replace("127.0.0.1:8701", address),
            None => manifest.replace("127.0.0.1:8701", provider),
        };
        let manifest = at;
        std::fs::write(moved.path().join(name), manifest).expect("is written");
    }
    Catalog::load(&[moved.path().to_owned()]).expect("the catalog loads")
}

/// A server on a store of its own.
pub(crate) struct Server {
    pub(crate) access: Access,
    pub(crate) store: TestStore,
    pub(crate) public_url: &'static str,
    pub(crate) state: AppState,
    front: Front,
}

/// Who sends a request.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    Anonymous,
    Session(String),
    Key(String),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The JSON body; null when there is none.
    pub(crate) body: Value,
}

impl Answer {
    /// The code of a refusal; empty when it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// The session token that the answer sets.
    pub(crate) fn session(&self) -> Caller {
        let cookie = self.headers[header::SET_COOKIE].to_str().expect("text");
        let value = cookie.split(';').next().expect("a pair");
        Caller::Session(value.split_once('=').expect("a pair").1.to_owned())
    }
}

impl Server {
    /// A server that is reached over plain HTTP on loopback.
    pub(crate) async fn start() -> Self {
        Self::start_at("http://127.0.0.1:8700").await
    }

    /// A server with this public URL.
    pub(crate) async fn start_at(public_url: &'static str) -> Self {
        Self::start_with(public_url, NOBODY, NOBODY).await
    }

    /// A server with this public URL, whose sandbox apps' provider is at the one address, and which may reach the other.
    pub(crate) async fn start_with(
        public_url: &'static str,
        provider: &str,
        allowed: &str,
    ) -> Self {
        let store = TestStore::sqlite().await;
        let tx = store.store.begin().await.expect("a write unit");
        workspace_ensure(&*tx, "inst_test", "Workspace")
            .await
            .expect("the workspace");
        tx.commit().await.expect("commits");
        let kek = FileKek::from_base64(KEK).expect("a key");
        let vault = vault_open(&store.store, Arc::new(kek))
            .await
            .expect("the vault opens");
        let audit_key = AuditKey::new(
            vault.root_current().expect("a root"),
            vault.derive(AUDIT_KEY_LABEL).expect("a key").expose(),
        );
        let access = Access::new(
            store.store.clone(),
            AccessConfig::new(public_url, audit_key),
        );
        let catalog = Arc::new(catalog(provider));
        let egress = Egress::new(EgressPolicy {
            allow: allowed.parse().expect("an address"),
            ..EgressPolicy::default()
        })
        .expect("a way out");
        let connector = Connector::new(ConnectorParts {
            store: store.store.clone(),
            vault: Arc::new(vault),
            catalog: Arc::clone(&catalog),
            egress: egress.clone(),
            public_url: public_url.to_owned(),
            installed_clients: HashMap::new(),
        })
        .expect("a connector");
        let gateway = Gateway::new(
            connector.clone(),
            Arc::clone(&catalog),
            egress,
            store.store.clone(),
        );
        let runner = Runner::new(RunnerParts {
            store: store.store.clone(),
            catalog: Arc::clone(&catalog),
            access: access.clone(),
            connector: connector.clone(),
            gateway: gateway.clone(),
            public_url: public_url.to_owned(),
            workers: 1,
        });
        let state = AppState::new(AppParts {
            config: ServerConfig {
                public_url: public_url.parse().expect("a URL"),
                behind_proxy: false,
                loopback_only: false,
                rate_limit_per_minute: 1_000_000,
                metrics_token: None,
            },
            store: store.store.clone(),
            catalog,
            access: access.clone(),
            connector,
            gateway,
            runner,
        });
        Self {
            access,
            store,
            public_url,
            front: Front::new(state.clone()),
            state,
        }
    }

    /// A request with what a caller sends; more headers can be added.
    pub(crate) fn request(
        &self,
        method: &Method,
        path: &str,
        caller: &Caller,
        body: Option<&Value>,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        match caller {
            Caller::Anonymous => {}
            Caller::Session(token) => {
                let name = if self.public_url.starts_with("https") {
                    "__Host-patchbay"
                } else {
                    "patchbay_session"
                };
                request = request.header(header::COOKIE, format!("{name}={token}"));
            }
            Caller::Key(key) => {
                request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
            }
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        request.body(body).expect("a request")
    }

    /// Sends a request. Bodies that are not plain JSON (event streams, icons, compressed ones) are left alone.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let peer = Peer(([127, 0, 0, 1], 40_000).into());
        let response = self.front.answer(request, peer).await;
        let (parts, body) = response.into_parts();
        let json = !parts.headers.contains_key(header::CONTENT_ENCODING)
            && parts
                .headers
                .get(header::CONTENT_TYPE)
                .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let body = if json {
            let bytes = to_bytes(body, 4 << 20).await.expect("a body");
            if bytes.is_empty() {
                Value::Null // the answer to a HEAD
            } else {
                serde_json::from_slice(&bytes).expect("JSON")
            }
        } else {
            Value::Null
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Sends a request by its parts.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        caller: &Caller,
        body: Option<Value>,
    ) -> Answer {
        self.send(self.request(&method, path, caller, body.as_ref()))
            .await
    }

    /// Makes the owner and the first project over HTTP; their session and the project's id.
    pub(crate) async fn set_up(&self) -> (Caller, String) {
        let answer = self
            .call(
                Method::POST,
                "/api/v1/auth/setup",
                &Caller::Anonymous,
                Some(serde_json::json!({
                    "name": "Olga", "email": "olga@example.com", "password": PASSWORD,
                })),
            )
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        let project = answer.body["projects"][0]["id"].as_str().expect("an id");
        (answer.session(), project.to_owned())
    }

    /// Invites somebody into the project and has them come; their session and id.
    pub(crate) async fn join(
        &self,
        admin: &Caller,
        project: &str,
        name: &str,
        role: &str,
    ) -> (Caller, String) {
        let email = format!("{}@example.com", name.to_lowercase());
        let added = self
            .call(
                Method::POST,
                &format!("/api/v1/projects/{project}/members"),
                admin,
                Some(serde_json::json!({ "email": email, "role": role })),
            )
            .await;
        assert_eq!(added.status, StatusCode::CREATED, "{:?}", added.body);
        let url = added.body["invitation"]["url"].as_str().expect("a link");
        let token = url.rsplit('/').next().expect("a token");
        let joined = self
            .call(
                Method::POST,
                &format!("/api/v1/auth/invitations/{token}/accept"),
                &Caller::Anonymous,
                Some(serde_json::json!({ "name": name, "password": PASSWORD })),
            )
            .await;
        assert_eq!(joined.status, StatusCode::OK, "{:?}", joined.body);
        let id = joined.body["user"]["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        (joined.session(), id)
    }
}

/// Every route and method of the OpenAPI document, in its order.
pub(crate) fn operations() -> Vec<(Method, String)> {
    let document = serde_json::to_value(patchbay_server::routes::document()).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("an item").keys() {
            if let Ok(method) = method.to_uppercase().parse::<Method>()
                && [
                    "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
                ]
                .contains(&method.as_str())
            {
                operations.push((method, path.clone()));
            }
        }
    }
    operations
}
