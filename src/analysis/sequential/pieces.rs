//! The parts of the evidence, and what each may come to.
//!
//! Invariant: only parts that roll back share one budget of false alarms; one that holds or warns speaks for itself alone, so
//! that its setting changes nothing of what the others say.

use super::finding::{Part, Piece, Proof};
use super::judge::Judge;
use super::onset::ln_sum;
use crate::domain::guardrails::Consequence;

impl Judge {
    /// The evidence of each part that is looked at.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        let params = self.params();
        let parts = [
            (Part::Error, params.w_error, Some(self.error_ln_e())),
            (Part::Latency, params.w_latency, self.latency_ln_e()),
            (
                Part::SloError,
                params.w_slo_error,
                self.promise_ln_e(Part::SloError),
            ),
            (
                Part::SloLatency,
                params.w_slo_latency,
                self.promise_ln_e(Part::SloLatency),
            ),
        ];
        let guardrails = params.guardrails;
        let rolls_back = move |part: Part| part.effect(guardrails) == Consequence::RollBack;
        let all: f64 = parts
            .iter()
            .filter(|(part, _, ln_e)| ln_e.is_some() && rolls_back(*part))
            .map(|(_, weight, _)| weight)
            .sum();
        parts.into_iter().filter_map(move |(part, weight, ln_e)| {
            let effect = part.effect(guardrails);
            let piece = Piece {
                part,
                weight: if rolls_back(part) { weight / all } else { 1.0 },
                ln_e: ln_e?,
                effect,
            };
            (effect != Consequence::Off).then_some(piece)
        })
    }

    /// What a part that does not roll back has proven by now.
    pub(super) fn proven_alone(&self, piece: &Piece) -> Option<Proof> {
        (!piece.rolls_back() && piece.ln_e >= self.needed()).then(|| Proof {
            ln_e: piece.ln_e,
            ..self.proof(piece.part, self.taken().saturating_sub(1))
        })
    }

    /// Parts that only warn and have proven harm, each with its evidence.
    pub fn warned(&self) -> impl Iterator<Item = Proof> {
        let warns = |piece: &Piece| piece.effect == Consequence::Warn;
        let warning = self.pieces().filter(warns);
        warning.filter_map(|piece| self.proven_alone(&piece))
    }

    /// The part that weighs most among those that roll back.
    pub(in crate::analysis) fn heaviest(&self) -> Option<Part> {
        let pieces: Vec<Piece> = self.pieces().collect();
        heaviest(&pieces, |_| true)
    }

    /// A part that only holds and has proven harm.
    pub(super) fn held(&self) -> Option<Part> {
        let mut holding = self
            .pieces()
            .filter(|piece| piece.effect == Consequence::Hold);
        let proven = holding.find(|piece| piece.ln_e >= self.needed());
        proven.map(|piece| piece.part)
    }
}

/// ln of the weighted evidence of some of the parts that roll back; `None`: there are none.
pub(super) fn total(pieces: &[Piece], counts: impl Fn(Part) -> bool) -> Option<f64> {
    let mut terms = [f64::MIN; 4];
    let mut is_any = false;
    for (term, piece) in terms.iter_mut().zip(pieces) {
        if piece.rolls_back() && counts(piece.part) {
            *term = piece.weighted();
            is_any = true;
        }
    }
    is_any.then(|| ln_sum(&terms))
}

/// The part that rolls back with the largest weighted evidence; the first one of equals.
pub(super) fn heaviest(pieces: &[Piece], among: impl Fn(Part) -> bool) -> Option<Part> {
    let mut best: Option<&Piece> = None;
    for piece in pieces {
        let is_more = best.is_none_or(|best| piece.weighted() > best.weighted());
        if piece.rolls_back() && among(piece.part) && is_more {
            best = Some(piece);
        }
    }
    best.map(|piece| piece.part)
}
