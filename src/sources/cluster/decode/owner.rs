//! Who owns or applies a workload, by the marks that GitOps tools leave, strongest first.

use super::{annotation, label};
use crate::domain::cluster::Owner;
use crate::domain::text::Text;
use kube::core::ObjectMeta;

/// Finds the owner of an object of that `GROUP/KIND`.
///
/// Whether an Argo CD application heals by itself stands in the application, which is not read here: it is taken to do so.
pub fn owner(kind: &str, meta: &ObjectMeta) -> Option<Owner> {
    argo_cd(kind, meta)
        .or_else(|| flux(meta))
        .or_else(|| image_manager(meta))
        .or_else(|| helm(meta))
        .or_else(|| operator(meta))
}

fn owned(kind: &str, name: &str, reverts: bool) -> Owner {
    Owner {
        kind: kind.to_owned(),
        name: Text::from(name),
        reverts,
    }
}

/// `APPLICATION:GROUP/KIND:NAMESPACE/NAME`; a copied annotation names another object and does not count.
fn argo_cd(kind: &str, meta: &ObjectMeta) -> Option<Owner> {
    let mark = annotation(meta, "argocd.argoproj.io/tracking-id")?;
    let (application, object) = mark.split_once(':')?;
    let own = format!(
        "{kind}:{}/{}",
        meta.namespace.as_deref()?,
        meta.name.as_deref()?
    );
    (object == own).then(|| owned("Argo CD", application, true))
}

/// A Kustomization applies again at its interval; a `HelmRelease` leaves a patched image alone until the next upgrade.
fn flux(meta: &ObjectMeta) -> Option<Owner> {
    let kustomization = label(meta, "kustomize.toolkit.fluxcd.io/name")
        .map(|name| owned("Flux Kustomization", name, true));
    kustomization.or_else(|| {
        let release = label(meta, "helm.toolkit.fluxcd.io/name")?;
        Some(owned("Flux HelmRelease", release, false))
    })
}

/// The tool that owns the image field itself.
fn image_manager(meta: &ObjectMeta) -> Option<Owner> {
    let managers = meta.managed_fields.as_deref().unwrap_or_default();
    managers.iter().find_map(|entry| {
        let manager = entry.manager.as_deref()?;
        let found = match manager {
            "argocd-controller" => owned("Argo CD", "by field manager", true),
            "kustomize-controller" => owned("Flux Kustomization", "by field manager", true),
            "helm-controller" => owned("Flux HelmRelease", "by field manager", false),
            _ => return None,
        };
        let fields = &entry.fields_v1.as_ref()?.0;
        fields
            .pointer("/f:spec/f:template/f:spec/f:containers")
            .is_some_and(names_image)
            .then_some(found)
    })
}

fn names_image(containers: &serde_json::Value) -> bool {
    let containers = containers
        .as_object()
        .into_iter()
        .flat_map(|containers| containers.values());
    containers
        .into_iter()
        .any(|container| container.get("f:image").is_some())
}

fn helm(meta: &ObjectMeta) -> Option<Owner> {
    (label(meta, "app.kubernetes.io/managed-by") == Some("Helm")).then_some(())?;
    let release = annotation(meta, "meta.helm.sh/release-name")?;
    Some(owned("Helm", release, false))
}

/// An operator puts back what it made.
fn operator(meta: &ObjectMeta) -> Option<Owner> {
    let owners = meta.owner_references.as_deref().unwrap_or_default();
    let controller = owners.iter().find(|owner| owner.controller == Some(true))?;
    Some(owned(
        Text::from(controller.kind.as_str()).shown(),
        &controller.name,
        true,
    ))
}
