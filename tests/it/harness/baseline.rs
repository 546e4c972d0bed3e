//! The older program that this one must run beside: it is built from the commit named in `tests/baseline`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::binary::without_environment;

/// The older program, built once per commit, or the reason why it is missing.
pub fn program() -> Result<Command, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(build).clone()?;
    Ok(without_environment(Command::new(built)))
}

fn build() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commit = fs::read_to_string(root.join("tests/baseline")).map_err(|e| e.to_string())?;
    let commit = commit.trim();
    // The program under test is in target/debug.
    let target = Path::new(env!("CARGO_BIN_EXE_skills-registry")).ancestors().nth(2);
    let folder = target.ok_or("no target folder")?.join("baseline");
    let built = folder.join(commit).join("skills-registry");
    if built.exists() {
        return Ok(built);
    }
    let source = tempfile::tempdir().map_err(|error| error.to_string())?;
    let unpack = format!("git archive {commit} | tar -x -C \"$0\"");
    let mut unpacking = Command::new("sh");
    unpacking.current_dir(root).args(["-c", &unpack]).arg(source.path());
    if !unpacking.status().is_ok_and(|status| status.success())
        || !source.path().join("Cargo.toml").exists()
    {
        return Err(format!("the commit {commit} is not in this clone: fetch all of its history"));
    }
    let build = folder.join("build");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--locked", "--quiet", "--bin", "skills-registry", "--manifest-path"]);
    cargo.arg(source.path().join("Cargo.toml")).arg("--target-dir").arg(&build);
    // Debug information would take gigabytes, and nobody debugs this program.
    cargo.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "false");
    if !cargo.status().is_ok_and(|status| status.success()) {
        return Err(format!("the program of the commit {commit} cannot be built"));
    }
    let place = || {
        fs::create_dir_all(folder.join(commit))?;
        let beside = folder.join(commit).join(format!("building-{}", std::process::id()));
        fs::copy(build.join("debug/skills-registry"), &beside)?;
        fs::rename(&beside, &built)?;
        fs::remove_dir_all(&build)
    };
    place().map_err(|error: std::io::Error| error.to_string())?;
    Ok(built)
}
