//! Where a lead and a handoff can be, and the legal moves between. The numbers are stored.

use serde::{Deserialize, Serialize};

macro_rules! stored {
    ($name:ident { $( $variant:ident = $number:literal $label:literal, $doc:literal; )* }) => {
        #[doc = concat!("Stored as a small number; see [`", stringify!($name), "::word`].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $( #[doc = $doc] $variant = $number, )* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The stored number.
            pub const fn number(self) -> i64 { self as i64 }

            /// Reads a stored number.
            pub const fn from_number(number: i64) -> Option<Self> {
                match number { $( $number => Some(Self::$variant), )* _ => None }
            }

            /// The word people see.
            pub const fn word(self) -> &'static str {
                match self { $( Self::$variant => $label, )* }
            }
        }
    };
}

stored!(Stage {
    Review = 1 "review", "A person must answer a question first.";
    Held = 2 "held", "Qualified, waiting for capacity.";
    Out = 3 "out", "Handed to somebody: has an open handoff.";
    Closed = 4 "closed", "Ended: won, lost, returned, expired or erased.";
    Disqualified = 5 "disqualified", "Does not fit; kept, with every reason.";
    Pending = 6 "pending", "Signed up, not confirmed: visible, not contactable.";
});

impl Stage {
    /// May a lead move from `self` to `to`? Every other move is refused by the store.
    pub const fn may_become(self, to: Self) -> bool {
        use Stage::{Closed, Disqualified, Held, Out, Pending, Review};
        matches!(
            (self, to),
            (Pending, Review | Held | Disqualified | Closed)
                | (Review, Held | Disqualified | Closed)
                | (Disqualified, Review | Held | Closed)
                | (Held, Out | Review | Disqualified | Closed)
                | (Out, Held | Closed)
                | (Closed, Out | Held)
        )
    }
}

stored!(HandoffState {
    Queued = 1 "waiting", "Decided; will be sent.";
    Sending = 2 "sending", "Claimed by an engine under a lease.";
    Accepted = 3 "sent", "The destination has it; nobody has answered yet.";
    Tracking = 4 "answered", "Answered by a person; followed until its outcome.";
    Closed = 5 "closed", "Ended with an outcome.";
    Unknown = 6 "unknown", "May exist already; being looked for.";
    NeedsPerson = 7 "needs you", "Cannot go on without a decision.";
    Dropped = 8 "dropped", "Cancelled, or superseded by a new round.";
});

impl HandoffState {
    /// May a handoff move from `self` to `to`? Every other move is refused by the store.
    pub const fn may_become(self, to: Self) -> bool {
        use HandoffState::{Accepted, Closed, Dropped, NeedsPerson, Queued, Sending, Tracking, Unknown};
        matches!(
            (self, to),
            (Queued, Sending | NeedsPerson | Dropped)
                | (Sending, Accepted | Queued | Unknown | NeedsPerson)
                | (Unknown, Accepted | Queued | NeedsPerson | Dropped)
                | (NeedsPerson, Queued | Accepted | Dropped)
                | (Accepted, Tracking | Closed | Dropped | NeedsPerson)
                | (Tracking, Closed | Accepted | Dropped)
                | (Closed, Tracking | Accepted)
        )
    }

    /// Is this handoff still somebody's work?
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Dropped)
    }
}

stored!(Phase {
    Connect = 1 "connect", "Nothing of the message has left: safe to try again.";
    Body = 2 "body", "The request is being written.";
    Dot = 3 "dot", "The message is complete on the wire; only the answer is missing.";
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_number(stage.number()), Some(*stage));
        }
        for state in HandoffState::ALL {
            assert_eq!(HandoffState::from_number(state.number()), Some(*state));
            assert!(!state.may_become(*state), "{state:?} cannot become itself");
        }
    }
}
