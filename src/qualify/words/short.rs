//! Short names for meanings, so that a table reads like a table.

#![allow(clippy::enum_glob_use)] // a table names nearly every meaning

pub use crate::qualify::lexicon::Sem::*;
use crate::qualify::lexicon::{Feast, Part, Season, Sem, Unit};

macro_rules! short {
    ($($name:ident = $sem:expr;)*) => { $(pub const $name: Sem = $sem;)* };
}

short! {
    EARLY = Sem::Part(Part::Early);
    MID = Sem::Part(Part::Mid);
    LATE = Sem::Part(Part::Late);
    SPRING = Sem::Season(Season::Spring);
    SUMMER = Sem::Season(Season::Summer);
    AUTUMN = Sem::Season(Season::Autumn);
    WINTER = Sem::Season(Season::Winter);
    HOUR = Sem::Unit(Unit::Hour, false);
    HOURS = Sem::Unit(Unit::Hour, true);
    DAY = Sem::Unit(Unit::Day, false);
    DAYS = Sem::Unit(Unit::Day, true);
    WORKDAY = Sem::Unit(Unit::Workday, false);
    WORKDAYS = Sem::Unit(Unit::Workday, true);
    WEEK = Sem::Unit(Unit::Week, false);
    WEEKS = Sem::Unit(Unit::Week, true);
    WEEKEND = Sem::Unit(Unit::Weekend, false);
    WEEKENDS = Sem::Unit(Unit::Weekend, true);
    FORTNIGHT = Sem::Unit(Unit::Fortnight, false);
    FORTNIGHTS = Sem::Unit(Unit::Fortnight, true);
    MONTH = Sem::Unit(Unit::Month, false);
    MONTHS = Sem::Unit(Unit::Month, true);
    QUARTER = Sem::Unit(Unit::Quarter, false);
    QUARTERS = Sem::Unit(Unit::Quarter, true);
    HALF_YEAR = Sem::Unit(Unit::HalfYear, false);
    YEAR = Sem::Unit(Unit::Year, false);
    YEARS = Sem::Unit(Unit::Year, true);
    CHRISTMAS_EVE = Sem::Feast(Feast::ChristmasEve);
    CHRISTMAS = Sem::Feast(Feast::Christmas);
    NEW_YEARS_EVE = Sem::Feast(Feast::NewYearsEve);
    NEW_YEAR = Sem::Feast(Feast::NewYear);
    EPIPHANY = Sem::Feast(Feast::Epiphany);
    CARNIVAL = Sem::Feast(Feast::Carnival);
    GOOD_FRIDAY = Sem::Feast(Feast::GoodFriday);
    EASTER = Sem::Feast(Feast::Easter);
    ASCENSION = Sem::Feast(Feast::Ascension);
    PENTECOST = Sem::Feast(Feast::Pentecost);
    ASSUMPTION = Sem::Feast(Feast::Assumption);
    GERMAN_UNITY = Sem::Feast(Feast::GermanUnity);
    HALLOWEEN = Sem::Feast(Feast::Halloween);
    ALL_SAINTS = Sem::Feast(Feast::AllSaints);
    THANKSGIVING = Sem::Feast(Feast::Thanksgiving);
}
