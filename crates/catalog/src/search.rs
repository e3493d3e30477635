use std::collections::HashMap;
use std::sync::Arc;

use crate::manifest::Category;
use crate::summary::Summary;

/// All summaries, ready to be searched.
pub(crate) struct Index {
    entries: Vec<Indexed>,
    by_slug: HashMap<String, usize>,
}

/// A summary with what is compared folded beforehand.
pub(crate) struct Indexed {
    summary: Arc<Summary>,
    name: String,
    slug: String,
    aliases: Vec<String>,
    description: String,
}

/// How well an app matches, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Exact,
    NamePrefix,
    AliasExact,
    WordPrefix,
    AliasPrefix,
    NameInside,
    Category,
    Description,
}

impl Indexed {
    pub(crate) fn new(summary: Summary) -> Self {
        Self {
            name: fold(&summary.name),
            slug: fold(&summary.slug),
            aliases: summary.aliases.iter().map(|a| fold(a)).collect(),
            description: fold(&summary.description),
            summary: Arc::new(summary),
        }
    }

    fn rank(&self, query: &str) -> Option<Rank> {
        let starts_word = |text: &str| {
            text.match_indices(query)
                .any(|(at, _)| at == 0 || text.as_bytes()[at - 1] == b' ')
        };
        let squeezed: String = query.split(' ').collect();
        let same = |text: &str| text == query || text.split(' ').collect::<String>() == squeezed;
        if same(&self.name) || same(&self.slug) {
            Some(Rank::Exact)
        } else if self.name.starts_with(query) || self.slug.starts_with(query) {
            Some(Rank::NamePrefix)
        } else if self.aliases.iter().any(|a| same(a)) {
            Some(Rank::AliasExact)
        } else if starts_word(&self.name) || starts_word(&self.slug) {
            Some(Rank::WordPrefix)
        } else if self.aliases.iter().any(|a| starts_word(a)) {
            Some(Rank::AliasPrefix)
        } else if self.name.contains(query) {
            Some(Rank::NameInside)
        } else if self.summary.category.as_str().starts_with(query) {
            Some(Rank::Category)
        } else if query
            .split(' ')
            .all(|word| self.description.contains(word) || self.name.contains(word))
        {
            Some(Rank::Description)
        } else {
            None
        }
    }
}

impl Index {
    pub(crate) fn new(entries: impl Iterator<Item = Indexed>) -> Self {
        let mut entries: Vec<Indexed> = entries.collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.slug.cmp(&b.slug)));
        let by_slug = entries
            .iter()
            .enumerate()
            .map(|(at, e)| (e.summary.slug.clone(), at))
            .collect();
        Self { entries, by_slug }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Summary> {
        self.entries.iter().map(|e| &*e.summary)
    }

    pub(crate) fn by_slug(&self, slug: &str) -> Option<Arc<Summary>> {
        self.by_slug
            .get(slug)
            .map(|&at| Arc::clone(&self.entries[at].summary))
    }

    pub(crate) fn search(&self, query: &str, category: Option<Category>) -> Vec<Arc<Summary>> {
        let query = fold(query);
        let wanted = self
            .entries
            .iter()
            .filter(|e| category.is_none_or(|c| e.summary.category == c));
        if query.is_empty() {
            return wanted.map(|e| Arc::clone(&e.summary)).collect();
        }
        let mut found: Vec<(Rank, &Indexed)> = wanted
            .filter_map(|e| e.rank(&query).map(|rank| (rank, e)))
            .collect();
        // Stable: within a rank the order by name stays.
        found.sort_by_key(|(rank, _)| *rank);
        found
            .into_iter()
            .map(|(_, e)| Arc::clone(&e.summary))
            .collect()
    }
}

/// Lower case, with one space for whatever is neither letter nor digit.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}
