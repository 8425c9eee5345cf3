//! Images of a registry that does not exist: their digests are made up, always the same for the same name.

use super::dice::fingerprint;

/// Everything before the tag of the demo's images.
pub const REPOSITORY: &str = "registry.example.com/shop/checkout";

/// The image reference of one tag of the demo's service.
pub fn image_of(tag: &str) -> String {
    format!("{REPOSITORY}:{tag}")
}

/// The digest of `repository:tag`: `sha256:` and 64 hex digits.
pub fn digest_of(repository: &str, tag: &str) -> String {
    let name = format!("{repository}:{tag}");
    let parts = (1..=4).map(|part| format!("{:016x}", fingerprint(part, &name)));
    format!("sha256:{}", parts.collect::<String>())
}

/// An image reference taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ImageRef<'a> {
    pub(crate) repository: &'a str,
    pub(crate) tag: Option<&'a str>,
    pub(crate) digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    pub(crate) fn parse(image: &'a str) -> Self {
        let (name, digest) = match image.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (image, None),
        };
        // A colon before the last slash belongs to the registry's port.
        match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => Self {
                repository,
                tag: Some(tag),
                digest,
            },
            _ => Self {
                repository: name,
                tag: None,
                digest,
            },
        }
    }

    /// The tag under which this image's pods behave and are counted; a digest alone is looked up among `known` tags.
    pub(crate) fn version<'k>(&self, known: impl IntoIterator<Item = &'k String>) -> String {
        if let Some(tag) = self.tag {
            return tag.to_owned();
        }
        let Some(digest) = self.digest else {
            return "latest".to_owned();
        };
        let named = known
            .into_iter()
            .find(|tag| digest_of(self.repository, tag) == digest);
        named.cloned().unwrap_or_else(|| digest.to_owned())
    }

    /// What a kubelet reports as `imageID`.
    pub(crate) fn id(&self) -> String {
        let made_up = || digest_of(self.repository, self.tag.unwrap_or("latest"));
        format!(
            "{}@{}",
            self.repository,
            self.digest.map_or_else(made_up, str::to_owned)
        )
    }
}
