//! A cursor that stays on its thing: rows may arrive, leave and change places around it.

/// The cursor of a list whose rows have identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<K> {
    /// What it is on.
    pub key: Option<K>,
    /// Where that is.
    pub index: usize,
    /// First row shown.
    pub offset: usize,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { key: None, index: 0, offset: 0 }
    }
}

impl<K: Clone + PartialEq> Cursor<K> {
    /// After the rows changed: stays on its thing and on its line of the screen; when the thing is gone,
    /// on the row that took its place.
    pub fn settle(&mut self, keys: &[K], height: usize) {
        let found = self.key.as_ref().and_then(|key| keys.iter().position(|other| other == key));
        if let Some(index) = found {
            let line = self.index.saturating_sub(self.offset);
            self.index = index;
            self.offset = index.saturating_sub(line);
        }
        self.go(self.index, keys, height);
    }

    /// Moves to row `to`, or the last one.
    pub fn go(&mut self, to: usize, keys: &[K], height: usize) {
        self.index = to.min(keys.len().saturating_sub(1));
        self.key = keys.get(self.index).cloned();
        let height = height.max(1);
        let last_offset = keys.len().saturating_sub(height);
        self.offset = self.offset.clamp((self.index + 1).saturating_sub(height), self.index).min(last_offset);
    }

    /// Moves to this thing, if it is there.
    pub fn select(&mut self, key: &K, keys: &[K], height: usize) {
        if let Some(index) = keys.iter().position(|other| other == key) {
            self.go(index, keys, height);
        }
    }
}

/// The first line to show so that `line` is in sight, moving `top` as little as can be.
pub fn follow(top: usize, line: usize, height: usize, total: usize) -> usize {
    let height = height.max(1);
    top.clamp((line + 1).saturating_sub(height), line).min(total.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_on_its_thing_and_its_line() {
        let mut cursor = Cursor::default();
        let keys: Vec<u32> = (0..20).collect();
        cursor.go(7, &keys, 5);
        assert_eq!((cursor.index, cursor.offset), (7, 3));
        let more: Vec<u32> = [100, 101].into_iter().chain(keys.iter().copied()).collect();
        cursor.settle(&more, 5);
        assert_eq!((cursor.key, cursor.index, cursor.offset), (Some(7), 9, 5));
        let fewer: Vec<u32> = more.iter().copied().filter(|key| *key != 7).collect();
        cursor.settle(&fewer, 5);
        assert_eq!((cursor.key, cursor.index), (Some(8), 9));
        cursor.settle(&[], 5);
        assert_eq!((cursor.key, cursor.index, cursor.offset), (None, 0, 0));
    }
}
