//! What a run is made of, and the pipeline that every commit goes through.

use jiff::Timestamp;

/// Where a job stands, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    Waiting,
    InProgress,
    Ended(&'static str),
}

impl Status {
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Ended(_))
    }

    pub(crate) fn passed(self) -> bool {
        matches!(self, Self::Ended("success" | "skipped" | "neutral"))
    }

    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::InProgress => "in_progress",
            Self::Ended(_) => "completed",
        }
    }

    pub(crate) fn conclusion(self) -> Option<&'static str> {
        match self {
            Self::Ended(how) => Some(how),
            Self::Queued | Self::Waiting | Self::InProgress => None,
        }
    }

    /// The word of a control.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        const ENDS: [&str; 9] = [
            "success",
            "failure",
            "neutral",
            "cancelled",
            "skipped",
            "timed_out",
            "action_required",
            "stale",
            "startup_failure",
        ];
        match word {
            "queued" => Some(Self::Queued),
            "waiting" => Some(Self::Waiting),
            "in_progress" => Some(Self::InProgress),
            other => ENDS.into_iter().find(|end| *end == other).map(Self::Ended),
        }
    }
}

/// What makes a job go on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Work {
    /// It takes so many seconds.
    Takes(f64),
    /// It runs the program that deploys into its environment.
    Deploys,
    /// Only the controls move it.
    ByHand,
}

/// One step of a job.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) status: Status,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
}

/// One job of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) needs: Vec<String>,
    pub(crate) environment: Option<String>,
    pub(crate) work: Work,
    pub(crate) attempt: u32,
    pub(crate) status: Status,
    pub(crate) created: Timestamp,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) steps: Vec<Step>,
    pub(crate) log: String,
}

impl Job {
    /// Puts the job into a state, its steps with it.
    pub(crate) fn put(&mut self, status: Status, now: Timestamp) {
        if self.status == status {
            return;
        }
        self.status = status;
        match status {
            Status::Queued => {}
            // As if it were made now: jobs are made when what they need is done.
            Status::Waiting => self.created = now,
            Status::InProgress => {
                self.started = Some(now);
                self.step_to(0, now);
            }
            Status::Ended(how) => {
                self.started.get_or_insert(now);
                self.ended = Some(now);
                self.end_steps(how, now);
            }
        }
    }

    /// The steps before `at` are done, that one runs.
    pub(crate) fn step_to(&mut self, at: usize, now: Timestamp) {
        for (place, step) in self.steps.iter_mut().enumerate() {
            if place < at && !step.status.is_over() {
                step.started.get_or_insert(now);
                step.ended = Some(now);
                step.status = Status::Ended("success");
            } else if place == at && step.status == Status::Queued {
                step.started = Some(now);
                step.status = Status::InProgress;
            }
        }
    }

    fn end_steps(&mut self, how: &'static str, now: Timestamp) {
        let mut failed = false;
        let none_runs = !self
            .steps
            .iter()
            .any(|step| step.status == Status::InProgress);
        for step in &mut self.steps {
            if step.status.is_over() {
                continue;
            }
            let running = step.status == Status::InProgress;
            let end = match how {
                "success" => "success",
                _ if (running || none_runs) && !failed => how,
                _ => "skipped",
            };
            failed |= end == how;
            step.started.get_or_insert(now);
            step.ended = Some(now);
            step.status = Status::Ended(end);
        }
    }
}

/// What a person said about an environment.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) environment: String,
    pub(crate) state: &'static str,
    pub(crate) comment: String,
}

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) title: String,
    pub(crate) branch: String,
    pub(crate) sha: String,
    pub(crate) actor: String,
    pub(crate) event: String,
    pub(crate) created: Timestamp,
    pub(crate) started: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) cancelled: bool,
    pub(crate) jobs: Vec<Job>,
    pub(crate) reviews: Vec<Review>,
}

impl Run {
    /// What its jobs amount to.
    pub(crate) fn status(&self) -> Status {
        let any = |status: Status| self.jobs.iter().any(|job| job.status == status);
        if self.jobs.iter().all(|job| job.status.is_over()) {
            let ended = |how: &'static str| any(Status::Ended(how));
            return Status::Ended(if self.cancelled || ended("cancelled") {
                "cancelled"
            } else if self.jobs.iter().all(|job| job.status.passed()) {
                "success"
            } else {
                "failure"
            });
        }
        if any(Status::InProgress) {
            Status::InProgress
        } else if any(Status::Waiting) {
            Status::Waiting
        } else if self.jobs.iter().any(|job| job.status.is_over()) {
            Status::InProgress
        } else {
            Status::Queued
        }
    }

    /// The image's tag that this run builds.
    pub(crate) fn tag(&self) -> String {
        format!("{}-{}", self.sha.get(..7).unwrap_or(&self.sha), self.number)
    }
}

/// A job as the pipeline's file has it: name, what it needs, environment, work, steps of its own.
pub(crate) struct Planned {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [&'static str],
    pub(crate) environment: Option<&'static str>,
    pub(crate) work: Work,
    pub(crate) steps: &'static [&'static str],
}

/// The pipeline of the five gates; about a minute without its deploys.
pub(crate) const PIPELINE: [Planned; 8] = [
    Planned {
        name: "lint",
        needs: &[],
        environment: None,
        work: Work::Takes(5.0),
        steps: &["Check formatting", "Lint"],
    },
    Planned {
        name: "unit tests (linux-x64)",
        needs: &[],
        environment: None,
        work: Work::Takes(8.0),
        steps: &["Run unit tests"],
    },
    Planned {
        name: "unit tests (linux-arm64)",
        needs: &[],
        environment: None,
        work: Work::Takes(9.0),
        steps: &["Run unit tests"],
    },
    Planned {
        name: "build image",
        needs: &["lint", "unit tests (linux-x64)", "unit tests (linux-arm64)"],
        environment: None,
        work: Work::Takes(10.0),
        steps: &["Build image", "Push image"],
    },
    Planned {
        name: "integration tests",
        needs: &["build image"],
        environment: None,
        work: Work::Takes(11.0),
        steps: &["Start PostgreSQL", "Run integration tests"],
    },
    Planned {
        name: "container scan",
        needs: &["build image"],
        environment: None,
        work: Work::Takes(6.0),
        steps: &["Scan image"],
    },
    Planned {
        name: "deploy staging",
        needs: &["integration tests", "container scan"],
        environment: Some("staging"),
        work: Work::Deploys,
        steps: &["Deploy and wait for the rollout"],
    },
    Planned {
        name: "deploy production",
        needs: &["deploy staging"],
        environment: Some("production"),
        work: Work::Deploys,
        steps: &["Start the canary"],
    },
];

/// The steps of a job: those that every job has, around its own.
pub(crate) fn steps(own: &[&str]) -> Vec<Step> {
    let names = ["Set up job", "Check out the source"]
        .iter()
        .chain(own)
        .chain(["Post Check out the source", "Complete job"].iter());
    let step = |(at, name): (usize, &&str)| Step {
        // The steps that clean up are numbered apart.
        number: u32::try_from(at + 1 + if at > own.len() + 1 { own.len() } else { 0 })
            .unwrap_or(u32::MAX),
        name: (*name).to_owned(),
        status: Status::Queued,
        started: None,
        ended: None,
    };
    names.enumerate().map(step).collect()
}
