//! Reason codes: one closed vocabulary, the same in the console, the command line, JSON and the log
//! (`domain-rules` 2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($( $variant:ident $( ($arg:ident) )? = $text:literal, $sentence:literal; )*) => {
        /// Why something was decided.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub enum Code {
            $( #[doc = $sentence] $variant $( (codes!(@string $arg)) )?, )*
        }

        impl Code {
            /// The code without its parameter, e.g. `C-CAP`.
            pub const fn stem(&self) -> &'static str {
                match self { $( Self::$variant $( (codes!(@wild $arg)) )? => $text, )* }
            }

            /// The parameter, where there is one.
            pub fn parameter(&self) -> Option<&str> {
                match self { $( Self::$variant $( ($arg) )? => codes!(@param $( $arg )?), )* }
            }

            /// One sentence for people; `{}` has been filled with the parameter.
            pub fn sentence(&self) -> String {
                let plain = match self { $( Self::$variant $( (codes!(@wild $arg)) )? => $sentence, )* };
                plain.replace("{}", self.parameter().unwrap_or(""))
            }

            /// Every code with its sentence, for the documentation.
            pub const ALL: &'static [(&'static str, &'static str)] = &[ $( ($text, $sentence), )* ];

            fn from_parts(stem: &str, parameter: &str) -> Option<Self> {
                match stem {
                    $( $text => Some(codes!(@build $variant $( $arg )?, parameter)), )*
                    _ => None,
                }
            }
        }
    };
    (@string $arg:ident) => { String };
    (@wild $arg:ident) => { _ };
    (@param) => { None };
    (@param $arg:ident) => { Some($arg.as_str()) };
    (@build $variant:ident, $p:ident) => { Self::$variant };
    (@build $variant:ident $arg:ident, $p:ident) => { Self::$variant($p.to_owned()) };
}

codes! {
    Accepted = "I-OK", "Read and kept as a new lead.";
    Duplicate = "I-DUP", "This person is known and their lead is closed: added as a further touch.";
    DuplicateOpen = "I-DUP-OPEN", "This person already has an open lead: added as a further touch.";
    Format = "I-FORMAT", "The record could not be read.";
    Missing(field) = "I-MISSING", "The record has no {}, so nobody could be contacted.";
    Suppressed = "I-SUPPRESSED", "This person asked to be forgotten.";
    ConsentNone = "I-CONSENT-NONE", "This person has not agreed to be contacted.";
    OptInPending = "I-DOI-PENDING", "The sign-up is not confirmed yet (double opt-in).";
    OptInExpired = "I-DOI-EXPIRED", "The sign-up was never confirmed.";
    Test = "I-TEST", "A test record of the source.";
    SourceOff = "I-SOURCE-OFF", "The source is switched off.";
    SourceAuth = "I-AUTH", "The source refused our credentials.";
    Stale = "I-STALE", "The record is older than the source's limit.";
    LookAlike = "I-LOOK-ALIKE", "E-mail and phone belong to two different people we know.";
    Need = "Q-NEED", "What they want is not something we do.";
    Timing = "Q-TIMING", "They want it later than we plan for.";
    Region = "Q-REGION", "They are outside the area we serve.";
    BudgetLow = "Q-BUDGET-LOW", "Their budget is below our minimum.";
    BudgetHigh = "Q-BUDGET-HIGH", "Their budget is above our maximum.";
    Service = "Q-SERVICE", "More than one service fits, or this source does not offer it.";
    Minimum(field) = "Q-MINIMUM", "A required answer is missing or too small: {}.";
    UnknownField(field) = "Q-UNKNOWN", "The {} is not known, and the rule does not accept that.";
    Cap(cap) = "C-CAP", "The cap {} is full.";
    Pace = "C-PACE", "Spread over the working day: the next one is due later.";
    NoOwner = "C-NO-OWNER", "Nobody is eligible for this lead.";
    OffHours = "C-OFF-HOURS", "Outside working hours.";
    Backpressure = "C-BACKPRESSURE", "More arrives than can be answered; the source is slowed.";
    Released = "H-RELEASED", "Left the queue.";
    Expired = "H-EXPIRED", "Waited longer than allowed and expired.";
    Overflow = "H-OVERFLOW", "The queue was full.";
    Sent = "D-SENT", "Handed off.";
    Exists = "D-EXISTS", "It was already there under our key.";
    TwinThere = "D-TWIN", "The far side already knows this person.";
    Bounced = "D-BOUNCED", "The mail came back.";
    Refused = "D-REFUSED", "The destination refused it.";
    Throttled = "D-THROTTLED", "The destination asked us to wait.";
    Retrying = "D-RETRYING", "It did not get through and will be tried again.";
    Unknown = "D-UNKNOWN", "It may exist already; the connection broke at the moment of delivery.";
    DeliveryAuth = "D-AUTH", "The destination refused our credentials.";
    DeliveryConfig = "D-CONFIG", "The destination does not accept our settings.";
    Cancelled = "D-CANCELLED", "Taken back before it was sent.";
    Dead = "D-DEAD", "Could not be delivered in time; a person must decide.";
    BadContact = "R-BADCONTACT", "The contact data is wrong.";
    NoRequest = "R-NOREQUEST", "They never asked.";
    ReturnDuplicate = "R-DUPLICATE", "We already had them.";
    ReturnArea = "R-AREA", "Outside our area after all.";
    ReturnService = "R-SERVICE", "They want something else.";
    NoConsent = "R-NOCONSENT", "They never agreed to be contacted.";
    Fake = "R-FAKE", "Not a real person.";
    Capacity = "R-CAPACITY", "We had no capacity.";
    Late = "R-LATE", "We were too late.";
    NoAnswer(count) = "O-NOANSWER", "No answer, attempt {}.";
    NoInterest = "O-NOINTEREST", "No interest any more.";
    Price = "O-PRICE", "Too expensive for them.";
    Later(date) = "O-LATER", "Later: {}.";
    Competitor = "O-COMPETITOR", "Went to a competitor.";
    Won = "O-WON", "Won.";
}

impl Code {
    /// Only these lower a source's quality and may credit its cap and cost.
    pub const fn is_source_fault(&self) -> bool {
        matches!(
            self,
            Self::BadContact
                | Self::NoRequest
                | Self::ReturnDuplicate
                | Self::ReturnArea
                | Self::ReturnService
                | Self::NoConsent
                | Self::Fake
        )
    }

    /// The codes a person may return a lead with, in the order they are offered.
    pub const RETURNS: [Self; 9] = [
        Self::BadContact,
        Self::NoRequest,
        Self::ReturnDuplicate,
        Self::ReturnArea,
        Self::ReturnService,
        Self::NoConsent,
        Self::Fake,
        Self::Capacity,
        Self::Late,
    ];

    /// The codes a person may close a lead as lost with, in the order they are offered.
    pub fn losses() -> [Self; 4] {
        [Self::NoInterest, Self::Price, Self::Competitor, Self::NoAnswer("last".to_owned())]
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stem())?;
        if let Some(parameter) = self.parameter() {
            write!(f, ":{parameter}")?;
        }
        Ok(())
    }
}

impl FromStr for Code {
    type Err = super::id::BadId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (stem, parameter) = text.split_once(':').unwrap_or((text, ""));
        Self::from_parts(&stem.to_ascii_uppercase(), parameter)
            .ok_or_else(|| super::id::BadId(text.to_owned(), "a reason code"))
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for Code {
    type Error = super::id::BadId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_and_explain_themselves() {
        let code = Code::Cap("berlin-day".into());
        assert_eq!(code.to_string(), "C-CAP:berlin-day");
        assert_eq!("C-CAP:berlin-day".parse::<Code>().unwrap(), code);
        assert_eq!(code.sentence(), "The cap berlin-day is full.");
        for (stem, _) in Code::ALL {
            assert_eq!(stem.parse::<Code>().unwrap().stem(), *stem);
        }
        assert!("X-NOPE".parse::<Code>().is_err());
    }
}
