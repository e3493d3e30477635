use super::Finding;
use crate::manifest::Manifest;

pub(super) fn check(_manifest: &Manifest) -> Vec<Finding> {
    Vec::new()
}
