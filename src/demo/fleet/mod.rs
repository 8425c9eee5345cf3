//! Many services beside the first one. Their pods are objects alone: no process runs for them, and what they would count is made
//! up when somebody asks.
//!
//! Everything is put into the store before the controllers begin, as these would have left it, so that they find nothing to do.

mod populate;
mod still;

pub(crate) use populate::populate;
pub(crate) use still::{answer, keep};

use std::str::FromStr;

/// The node on which nothing runs.
pub(crate) const NODE: &str = "demo-node-2";

/// Services and pods at most: a world is on one machine.
const MOST_SERVICES: u32 = 2000;
const MOST_PODS: u32 = 200;

/// What services are called; beyond these they are numbered.
const NAMES: [&str; 40] = [
    "accounts",
    "addresses",
    "audit",
    "auth",
    "baskets",
    "billing",
    "campaigns",
    "cart",
    "catalog",
    "consent",
    "coupons",
    "delivery",
    "discounts",
    "exports",
    "feeds",
    "gateway",
    "identity",
    "images",
    "inventory",
    "invoices",
    "ledger",
    "loyalty",
    "mailer",
    "notifications",
    "orders",
    "payments",
    "pricing",
    "profiles",
    "ratings",
    "recommend",
    "refunds",
    "reports",
    "returns",
    "reviews",
    "search",
    "sessions",
    "shipping",
    "stock",
    "tax",
    "wishlist",
];

/// How many services a world has, and how many pods each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Services, the first one included.
    pub services: u32,
    /// Pods of each of the others.
    pub pods: u32,
}

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no size of a fleet: expected SERVICESxPODS such as 20x4, at most {MOST_SERVICES} services and {MOST_PODS} pods of each"
)]
pub struct SizeError(String);

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let refused = || SizeError(text.to_owned());
        let (services, pods) = text.split_once('x').ok_or_else(refused)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| refused());
        let size = Self {
            services: number(services)?,
            pods: number(pods)?,
        };
        let fits =
            (1..=MOST_SERVICES).contains(&size.services) && (1..=MOST_PODS).contains(&size.pods);
        if fits { Ok(size) } else { Err(refused()) }
    }
}

impl Size {
    /// The names of the services beside the first.
    pub(crate) fn others(self) -> impl Iterator<Item = String> {
        (0..self.services.saturating_sub(1)).map(|index| {
            let index = usize::try_from(index).unwrap_or(0);
            let name = NAMES.get(index % NAMES.len()).copied().unwrap_or("service");
            match index / NAMES.len() {
                0 => name.to_owned(),
                round => format!("{name}-{}", round + 1),
            }
        })
    }
}
