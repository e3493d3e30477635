use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rust_embed::RustEmbed;

use crate::app::App;
use crate::check::{self, ManifestProblem};
use crate::icon::Icon;
use crate::manifest::Category;
use crate::search::{Index, Indexed};
use crate::summary::Summary;

#[derive(RustEmbed)]
#[folder = "../../apps"]
struct Embedded;

/// Largest icon beside a manifest, in bytes.
const ICON_BYTES: u64 = 256 * 1024;

/// Every app there is. Share it in an `Arc`.
///
/// An embedded manifest is trusted (tests check each) and read when it is
/// first asked for; the index behind lists and search is read at the first of
/// those, and only as far as it needs. So starting costs nothing per app.
pub struct Catalog {
    entries: BTreeMap<String, Entry>,
    icons: HashMap<String, Vec<u8>>,
    index: OnceLock<Index>,
    manifests_read: AtomicUsize,
    summaries_read: AtomicUsize,
}

struct Entry {
    source: Source,
    app: OnceLock<Option<Arc<App>>>,
}

enum Source {
    Text(Cow<'static, [u8]>),
    /// Already read; `app` is set.
    Ready,
}

/// Manifests of one's own that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The directory or a file in it cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Manifests have mistakes.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Manifests {
        /// Every mistake found, one a line.
        problems: Vec<ManifestProblem>,
    },
}

impl Catalog {
    /// The apps that come with the product.
    pub fn embedded() -> Self {
        let manifests = Embedded::iter().filter_map(|path| {
            let slug = path.strip_suffix(".yaml")?.to_owned();
            Some((slug, Embedded::get(&path)?.data))
        });
        Self::from_trusted(manifests)
    }

    /// A catalog of these manifests by slug, taken to be without mistakes.
    pub fn from_trusted(manifests: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let entries = manifests
            .into_iter()
            .map(|(slug, text)| {
                let entry = Entry {
                    source: Source::Text(text),
                    app: OnceLock::new(),
                };
                (slug, entry)
            })
            .collect();
        Self {
            entries,
            icons: HashMap::new(),
            index: OnceLock::new(),
            manifests_read: AtomicUsize::new(0),
            summaries_read: AtomicUsize::new(0),
        }
    }

    /// The embedded apps and those in `dirs`; a later one with a known slug
    /// replaces the earlier. Manifests in `dirs` are checked now, and any
    /// mistake is an error with its place.
    pub fn load(dirs: &[PathBuf]) -> Result<Self, LoadError> {
        let mut catalog = Self::embedded();
        let mut problems = Vec::new();
        for dir in dirs {
            catalog.add_dir(dir, &mut problems)?;
        }
        if problems.is_empty() {
            Ok(catalog)
        } else {
            Err(LoadError::Manifests { problems })
        }
    }

    fn add_dir(
        &mut self,
        dir: &Path,
        problems: &mut Vec<ManifestProblem>,
    ) -> Result<(), LoadError> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |source| LoadError::Read { path, source }
        };
        let mut files = Vec::new();
        for item in std::fs::read_dir(dir).map_err(unreadable(dir))? {
            let path = item.map_err(unreadable(dir))?.path();
            if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                files.push(path);
            }
        }
        files.sort();
        let mut seen = HashMap::new();
        for path in files {
            let app = match check::check_file(&path) {
                Ok(app) => app,
                Err(mut found) => {
                    problems.append(&mut found);
                    continue;
                }
            };
            let slug = app.slug.clone();
            if let Some(other) = seen.insert(slug.clone(), path.clone()) {
                problems.push(ManifestProblem {
                    file: path.display().to_string(),
                    line: 0,
                    column: 0,
                    message: format!("has the slug `{slug}` as {} does", other.display()),
                });
                continue;
            }
            let icon = dir.join("icons").join(format!("{slug}.svg"));
            if let Ok(meta) = std::fs::metadata(&icon)
                && meta.len() <= ICON_BYTES
            {
                let bytes = std::fs::read(&icon).map_err(unreadable(&icon))?;
                self.icons.insert(slug.clone(), bytes);
            }
            self.manifests_read.fetch_add(1, Ordering::Relaxed);
            let entry = Entry {
                source: Source::Ready,
                app: OnceLock::from(Some(Arc::new(app))),
            };
            self.entries.insert(slug, entry);
        }
        Ok(())
    }

    /// How many apps there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Slugs of all apps, in order.
    pub fn slugs(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// One app.
    pub fn get(&self, slug: &str) -> Option<Arc<App>> {
        let entry = self.entries.get(slug)?;
        entry
            .app
            .get_or_init(|| {
                let Source::Text(text) = &entry.source else {
                    return None;
                };
                self.manifests_read.fetch_add(1, Ordering::Relaxed);
                match check::read_trusted(text) {
                    Ok(app) => Some(Arc::new(app)),
                    Err(problem) => {
                        tracing::error!(app = slug, %problem, "an embedded manifest cannot be read");
                        None
                    }
                }
            })
            .clone()
    }

    /// What lists show of one app, without reading the rest of it.
    pub fn summary(&self, slug: &str) -> Option<Arc<Summary>> {
        self.index().by_slug(slug)
    }

    /// Apps whose name, slug, aliases, category or description match `query`,
    /// best first; all of them by name when it is empty. `category` narrows.
    pub fn search(&self, query: &str, category: Option<Category>) -> Vec<Arc<Summary>> {
        self.index().search(query, category)
    }

    /// Categories that have apps, in order of name, with how many.
    pub fn categories(&self) -> Vec<(Category, usize)> {
        let mut counts = BTreeMap::new();
        for summary in self.index().all() {
            *counts.entry(summary.category).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    /// The icon of an app: its own, or a letter in its colour.
    pub fn icon(&self, slug: &str) -> Option<Icon> {
        self.entries.get(slug)?;
        if let Some(bytes) = self.icons.get(slug) {
            return Some(Icon::file(Cow::Owned(bytes.clone())));
        }
        if let Some(file) = Embedded::get(&format!("icons/{slug}.svg")) {
            return Some(Icon::file(file.data));
        }
        let summary = self.summary(slug)?;
        Some(Icon::lettermark(
            &summary.name,
            summary.brand_color.as_deref(),
        ))
    }

    /// How many manifests have been read in full and how many only for the
    /// index, since the start.
    pub fn read_counts(&self) -> (usize, usize) {
        (
            self.manifests_read.load(Ordering::Relaxed),
            self.summaries_read.load(Ordering::Relaxed),
        )
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            Index::new(self.entries.iter().filter_map(|(slug, entry)| {
                if let Some(app) = entry.app.get() {
                    return app.as_deref().map(|app| Indexed::new(Summary::from(app)));
                }
                let Source::Text(text) = &entry.source else {
                    return None;
                };
                self.summaries_read.fetch_add(1, Ordering::Relaxed);
                match Summary::read(text) {
                    Ok(summary) => Some(Indexed::new(summary)),
                    Err(problem) => {
                        tracing::error!(app = slug, problem, "an embedded manifest cannot be read");
                        None
                    }
                }
            }))
        })
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog")
            .field("apps", &self.len())
            .finish_non_exhaustive()
    }
}
