//! The image of a new release: written out, or put together from the standard variables.

use crate::domain::artifact::{Image, ImageFault};
use clap::Args;

/// What names an image.
#[derive(Clone, Debug, Default, Args)]
pub struct ImageArgs {
    /// The image; by default `$REGISTRY_URL/$SERVICE_NAME:$IMAGE_TAG`
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,
    /// Registry of the standard variables.
    #[arg(long, env = "REGISTRY_URL", hide = true, hide_env = true)]
    registry_url: Option<String>,
    /// Tag of the standard variables.
    #[arg(long, env = "IMAGE_TAG", hide = true, hide_env = true)]
    image_tag: Option<String>,
}

/// Why there is no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageMissing {
    /// Neither written out nor given by the variables.
    #[error("no image is named: give --image REF, or set REGISTRY_URL and IMAGE_TAG")]
    Unnamed,
    /// It is no image reference.
    #[error("`{0}` is no image reference")]
    Malformed(String, #[source] ImageFault),
}

impl ImageArgs {
    /// The image to deploy for `service`.
    pub fn image(&self, service: &str) -> Result<Image, ImageMissing> {
        let text = self.text(service).ok_or(ImageMissing::Unnamed)?;
        Image::parse(&text).map_err(|fault| ImageMissing::Malformed(text, fault))
    }

    fn text(&self, service: &str) -> Option<String> {
        if let Some(image) = &self.image {
            return Some(image.clone());
        }
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let (registry, tag) = (given(&self.registry_url)?, given(&self.image_tag)?);
        // CI variables often hold the registry's URL where an image reference has only its host and path.
        let host = registry
            .split_once("://")
            .map_or(registry.as_str(), |(_, host)| host);
        Some(format!("{}/{service}:{tag}", host.trim_end_matches('/')))
    }
}
