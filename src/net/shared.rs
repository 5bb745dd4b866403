//! What several sources and destinations of one account have in common (its limits, its sign-in) exists
//! once: whoever asks first makes it, everybody else gets the same.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

type Things = HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>;

/// One thing of each type and name, for as long as the program runs.
#[derive(Default)]
pub struct Shared(Mutex<Things>);

impl Shared {
    /// The one of this name; made now where nobody asked before.
    pub fn one<T: Any + Send + Sync>(&self, name: &str, make: impl FnOnce() -> T) -> Arc<T> {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (TypeId::of::<T>(), name.to_owned());
        if let Some(Ok(there)) = things.get(&key).map(|there| Arc::clone(there).downcast::<T>()) {
            return there;
        }
        let made = Arc::new(make());
        things.insert(key, Arc::clone(&made) as Arc<dyn Any + Send + Sync>);
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_of_each_type_and_name() {
        let shared = Shared::default();
        let first = shared.one("a", || 1_u32);
        assert!(Arc::ptr_eq(&first, &shared.one("a", || 2)));
        assert_eq!((*shared.one("b", || 3_u32), *shared.one("a", || 4_u64)), (3, 4));
    }
}
