//! How well a few typed letters fit a line.

/// Finds the place of a letter: the line, where to begin, where the letter before it stands, the letter.
type Place = fn(&[char], usize, Option<usize>, char) -> Option<usize>;

/// The score of `typed` as a subsequence of `text`, whatever the case; `None` where it is none. Higher is better: letters at
/// the start of words and letters that follow each other count more, and a short line more than a long one.
pub fn score(typed: &str, text: &str) -> Option<i64> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    // The best place of a letter can leave none for the next one; its first place never does.
    let ways: [Place; 2] = [best, first];
    ways.into_iter()
        .filter_map(|way| along(way, typed, &text))
        .max()
}

fn along(way: Place, typed: &str, text: &[char]) -> Option<i64> {
    let (mut score, mut next, mut before) = (0, 0, None);
    for wanted in typed.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let at = way(text, next, before, wanted)?;
        score += worth(text, at, before);
        (before, next) = (Some(at), at + 1);
    }
    Some(score * 100 - i64::try_from(text.len()).unwrap_or(i64::MAX).min(99))
}

fn first(text: &[char], from: usize, _: Option<usize>, wanted: char) -> Option<usize> {
    (from..text.len()).find(|at| text[*at] == wanted)
}

/// Right behind the last one, else at the start of a word, else the first.
fn best(text: &[char], from: usize, before: Option<usize>, wanted: char) -> Option<usize> {
    let rest = || (from..text.len()).filter(|at| text[*at] == wanted);
    rest()
        .find(|at| follows(before, *at))
        .or_else(|| rest().find(|at| starts_word(text, *at)))
        .or_else(|| first(text, from, before, wanted))
}

fn worth(text: &[char], at: usize, before: Option<usize>) -> i64 {
    1 + 3 * i64::from(follows(before, at)) + 2 * i64::from(starts_word(text, at))
}

fn follows(before: Option<usize>, at: usize) -> bool {
    before.is_some_and(|before| at == before + 1)
}

fn starts_word(text: &[char], at: usize) -> bool {
    at == 0 || !text[at - 1].is_alphanumeric()
}
