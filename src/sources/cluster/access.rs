//! Who is acting, and what they may do.

use super::errors::{Attempt, ClusterError};
use super::objects::within;
use crate::config::settings::Environment;
use crate::domain::ids::Target;
use crate::domain::rights::{Right, Rights};
use crate::domain::text::Text;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

/// One question to the cluster: may the caller do this?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Where.
    pub namespace: &'a str,
    /// Verb.
    pub verb: &'a str,
    /// API group; empty for the core.
    pub group: &'a str,
    /// Plural name.
    pub resource: &'a str,
    /// Empty where none is meant.
    pub subresource: &'a str,
    /// The object; `None`: any of the namespace.
    pub name: Option<&'a str>,
}

/// Asks for every right that some key needs, for the very objects that it needs it for: a Role may name them. A right that
/// the server has no opinion on is not granted.
pub async fn rights(
    client: &kube::Client,
    environment: &Environment,
    target: &Target,
) -> Result<Rights, ClusterError> {
    let mut rights = Rights::default();
    for right in Right::ALL {
        let (verb, group, resource, subresource) = right.attributes();
        let mut granted = true;
        for name in objects_of(right, environment, target) {
            let asked = Asked {
                namespace: &environment.namespace,
                verb,
                group,
                resource,
                subresource,
                name: name.as_deref(),
            };
            granted = granted && allowed(client, asked).await?;
        }
        rights.answers.insert(right, granted);
    }
    Ok(rights)
}

fn objects_of(right: Right, environment: &Environment, target: &Target) -> Vec<Option<String>> {
    let strategy = &environment.policy.strategy;
    match right {
        Right::PatchRoutes => strategy
            .route()
            .into_iter()
            .map(|route| Some(route.to_owned()))
            .collect(),
        Right::PatchDeployments => {
            let names = strategy.deployments().into_iter();
            names.map(|(_, name)| Some(name.to_owned())).collect()
        }
        Right::PatchRecord => vec![Some(target.record_name())],
        Right::CreateRecord | Right::CreateEvents | Right::ReadPodMetrics => vec![None],
    }
}

/// Asks whether the caller may do something; where the server has no opinion, they may not.
pub async fn allowed(client: &kube::Client, asked: Asked<'_>) -> Result<bool, ClusterError> {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                namespace: Some(asked.namespace.to_owned()),
                verb: Some(asked.verb.to_owned()),
                group: Some(asked.group.to_owned()),
                resource: Some(asked.resource.to_owned()),
                subresource: given(asked.subresource),
                name: asked.name.map(str::to_owned),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let answer = within(reviews.create(&PostParams::default(), &review)).await;
    let answer = answer.map_err(|cause| {
        ClusterError::call(
            create("selfsubjectaccessreviews.authorization.k8s.io"),
            cause,
        )
    })?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// The name under which the cluster knows the caller; `None` where it does not tell.
pub async fn identity(client: &kube::Client) -> Result<Option<Text>, ClusterError> {
    let reviews: Api<SelfSubjectReview> = Api::all(client.clone());
    let answer =
        within(reviews.create(&PostParams::default(), &SelfSubjectReview::default())).await;
    let answer = answer.map_err(|cause| {
        ClusterError::call(create("selfsubjectreviews.authentication.k8s.io"), cause)
    })?;
    let user = answer.status.and_then(|status| status.user_info);
    Ok(user
        .and_then(|user| user.username)
        .filter(|name| !name.is_empty())
        .map(Text::new))
}

fn create(resource: &'static str) -> Attempt {
    Attempt {
        verb: "create",
        resource,
        name: None,
        namespace: None,
    }
}
