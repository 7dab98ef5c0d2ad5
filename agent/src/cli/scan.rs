//! `iroam scan`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use iroam_library::ScanError;
use iroam_protocol::home::Scan;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{signals, terminal};
use crate::{
    clock::Clock,
    data_dir::DataDir,
    fault::{Exit, Fault},
    index::{Index, Report},
    settings::{Settings, library_folders},
};

/// Between two pictures of the progress bar.
const TICK: Duration = Duration::from_millis(100);

pub(super) async fn run(root: &Path, libraries: &[PathBuf], json: bool) -> Result<(), Fault> {
    let data = DataDir::open(root)?;
    let _lock = data.lock().map_err(|fault| Fault {
        advice: Some("the running agent looks for changes by itself; `iroam status` shows its scan".into()),
        ..fault
    })?;
    let roots = if libraries.is_empty() { Settings::load(&data)?.libraries } else { library_folders(libraries)? };
    if roots.is_empty() {
        return Err(Fault::new(Exit::Config, "There is no folder to read.").advise("iroam scan --library ~/Music"));
    }
    let cancel = CancellationToken::new();
    let listening = tokio::spawn(signals(cancel.clone()));
    let index = open(&data).await?;
    let scanning = index.scan(roots, Clock::system().now_ms(), cancel.clone());
    let report = with_bar(&index, scanning).await;
    listening.abort();
    let report = report.map_err(|error| match error {
        ScanError::Cancelled => Fault::new(Exit::Failure, "The scan was stopped; the next one goes on from here."),
        error if error.lacks_room() => Fault::new(Exit::CannotCreate, format!("The scan failed: {error}."))
            .advise("make room on the disk of the data folder; the next scan goes on from here"),
        error => Fault::new(Exit::Failure, format!("The scan failed: {error}.")),
    })?;
    show(&report, json);
    if report.unreadable.is_empty() {
        return Ok(());
    }
    Err(unreadable(&report))
}

async fn open(data: &DataDir) -> Result<Index, Fault> {
    let (path, covers) = (data.index(), data.covers());
    let opened = tokio::task::spawn_blocking(move || Index::open(&path, &covers)).await;
    let failed = |error: String| Fault::new(Exit::CannotCreate, format!("The index cannot be opened: {error}."));
    opened.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}

/// Shows the progress on stderr, where it disturbs no pipe; indicatif draws on a terminal only.
async fn with_bar<T>(index: &Index, scanning: impl Future<Output = T>) -> T {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {per_sec}") {
        bar.set_style(style);
    }
    let mut tick = tokio::time::interval(TICK);
    tokio::pin!(scanning);
    loop {
        tokio::select! {
            ended = &mut scanning => {
                bar.finish_and_clear();
                return ended;
            }
            _ = tick.tick() => draw(&bar, index.scan_now()),
        }
    }
}

fn draw(bar: &ProgressBar, scan: Option<Scan>) {
    let Some(scan) = scan else { return };
    bar.set_message(if scan.walked { "reading" } else { "looking for files" });
    bar.set_length(scan.found);
    bar.set_position(scan.done);
    bar.tick();
}

fn show(report: &Report, json: bool) {
    if json {
        let line = json!({
            "files": report.files,
            "tracks": report.tracks,
            "failed": report.failed,
            "seconds": report.seconds,
        });
        terminal::line(&line.to_string());
        return;
    }
    terminal::line(&format!(
        "{} files in {:.1} s: {} tracks, {} could not be read as media",
        report.files, report.seconds, report.tracks, report.failed
    ));
}

fn unreadable(report: &Report) -> Fault {
    Fault::new(Exit::Denied, format!("These folders could not be read: {}.", report.unreadable.join(", ")))
        .advise("connect their drive, or check that you may read them; the rest of the scan is done")
}
