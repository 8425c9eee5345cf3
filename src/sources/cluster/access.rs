//! Who is acting, and what they may do.

use super::errors::{Attempt, ClusterError};
use super::objects::within;
use crate::domain::rights::{Right, Rights};
use crate::domain::text::Text;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

/// Asks for every right that some key needs. A right that the server has no opinion on is not granted.
pub async fn rights(client: &kube::Client, namespace: &str) -> Result<Rights, ClusterError> {
    let mut rights = Rights::default();
    for right in Right::ALL {
        rights
            .answers
            .insert(right, granted(client, namespace, right).await?);
    }
    Ok(rights)
}

async fn granted(
    client: &kube::Client,
    namespace: &str,
    right: Right,
) -> Result<bool, ClusterError> {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let (verb, group, resource, subresource) = right.attributes();
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                namespace: Some(namespace.to_owned()),
                verb: Some(verb.to_owned()),
                group: Some(group.to_owned()),
                resource: Some(resource.to_owned()),
                subresource: (!subresource.is_empty()).then(|| subresource.to_owned()),
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
