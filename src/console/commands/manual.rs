//! The manual page of the keys, from the table.

use super::{Group, Scope, TABLE};

/// `docs/keys.md`.
pub fn manual() -> String {
    let mut text = String::from(
        "# Keys of the console\n\nWritten from the command table; a test compares. `?` in the console says the same for the screen\nyou are on, with the reason where a command does nothing now. `:` runs any of them by name.\n",
    );
    for group in Group::ALL {
        text.extend(["\n## ", group.title(), "\n\n| key | does | where |\n|---|---|---|\n"]);
        for command in TABLE.iter().filter(|command| command.group == group) {
            let place = match command.scope {
                Scope::All => "everywhere".to_owned(),
                scope => scope.elsewhere().trim_start_matches("works on ").trim_start_matches("the ").to_owned(),
            };
            let keys = command.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
            let asks = if command.danger { " (asks first, starting on Cancel)" } else { "" };
            text.extend(["| ", &keys, " | ", command.title, asks, " | ", &place, " |\n"]);
        }
    }
    text
}
