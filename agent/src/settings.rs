//! What `iroam up` was told once and remembers.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    data_dir::DataDir,
    fault::{Exit, Fault},
};

/// The file in the data folder.
const FILE: &str = "agent.json";

/// The port of the local page unless told otherwise.
pub const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4747);

/// The UDP port of direct connections unless told otherwise.
pub const DIRECT_PORT_DEFAULT: u16 = 4748;

/// The most characters of a home's name, as the portal has it.
const NAME_CHARS_MAX: usize = 60;

/// The settings, as they stand in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The portal's public URL, without a trailing slash; `None` before the first `iroam up --portal`.
    pub portal: Option<String>,
    /// A file of certificate authorities to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// The library folders.
    pub libraries: Vec<PathBuf>,
    /// The name to propose for this home; `None` means the machine's.
    pub name: Option<String>,
    /// Where the local page listens; `None` means [`LISTEN_DEFAULT`], or a free port when that is taken.
    pub listen: Option<SocketAddr>,
    /// Where browsers reach this home directly, over UDP; `None` means every address of this machine at
    /// [`DIRECT_PORT_DEFAULT`], none that they use the relay.
    pub direct: Option<Vec<SocketAddr>>,
}

/// What the command line says; each given value replaces the remembered one.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// `--portal`.
    pub portal: Option<String>,
    /// `--ca`.
    pub ca: Option<PathBuf>,
    /// `--library`, any number of times.
    pub libraries: Vec<PathBuf>,
    /// `--name`.
    pub name: Option<String>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--direct`, any number of times.
    pub direct: Vec<String>,
}

impl Settings {
    /// Reads the settings; all empty at first.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn load(data: &DataDir) -> Result<Self, Fault> {
        Ok(data.read(FILE)?.unwrap_or_default())
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn save(&self, data: &DataDir) -> Result<(), Fault> {
        data.write(FILE, self)
    }

    /// These settings, changed by what the command line says.
    ///
    /// # Errors
    /// A [`Fault`] that names the flag at fault.
    pub fn changed_by(mut self, told: &Told) -> Result<Self, Fault> {
        if let Some(portal) = &told.portal {
            self.portal = Some(portal_url(portal)?);
        }
        if let Some(ca) = &told.ca {
            self.ca = Some(existing("--ca", ca)?);
        }
        if !told.libraries.is_empty() {
            self.libraries = library_folders(&told.libraries)?;
        }
        if let Some(name) = &told.name {
            self.name = Some(home_name(name)?);
        }
        if let Some(listen) = told.listen {
            self.listen = Some(loopback(listen)?);
        }
        if !told.direct.is_empty() {
            self.direct = Some(direct(&told.direct)?);
        }
        Ok(self)
    }

    /// The addresses at which browsers may reach this home directly.
    pub fn direct_addresses(&self) -> Vec<SocketAddr> {
        self.direct.clone().unwrap_or_else(|| {
            let addresses = interfaces().into_iter().filter(is_reachable);
            addresses.map(|ip| SocketAddr::new(ip, DIRECT_PORT_DEFAULT)).collect()
        })
    }

    /// The name to propose for this home.
    pub fn home_name(&self) -> String {
        self.name.clone().unwrap_or_else(machine_name)
    }
}

/// A portal's URL as it is compared and signed: scheme, host and port, without a trailing slash.
fn portal_url(text: &str) -> Result<String, Fault> {
    let wrong = |why: &str| {
        Fault::new(Exit::Config, format!("--portal {text}: {why}."))
            .advise("give the address that you open in the browser, such as https://portal.example")
    };
    let url = Url::parse(text.trim()).map_err(|error| wrong(&format!("this is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("a portal's address begins with https:// or, on this machine, http://"));
    }
    if url.host_str().is_none() || !url.username().is_empty() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("only scheme, host and port belong into it"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// `off`, or addresses.
fn direct(told: &[String]) -> Result<Vec<SocketAddr>, Fault> {
    if told == ["off"] {
        return Ok(Vec::new());
    }
    let address = |text: &String| {
        let parsed = text.parse::<SocketAddr>().ok().filter(|address| !address.ip().is_unspecified());
        parsed.ok_or_else(|| {
            Fault::new(Exit::Config, format!("--direct {text}: this is no address of this machine with a port."))
                .advise("give one such as 192.168.1.20:4748, or off to use the relay only")
        })
    };
    told.iter().map(address).collect()
}

/// The addresses of this machine; none when the system does not tell.
fn interfaces() -> Vec<IpAddr> {
    let interfaces =
        if_addrs::get_if_addrs().inspect_err(|error| tracing::warn!(%error, "no addresses of this machine"));
    interfaces.unwrap_or_default().into_iter().map(|interface| interface.ip()).collect()
}

/// Whether another machine may reach this one there.
fn is_reachable(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    }
}

/// Absolute forms of folders that exist, each once.
///
/// # Errors
/// A [`Fault`] that names the folder.
pub fn library_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let mut absolute = Vec::new();
    for folder in folders {
        let path = existing("--library", folder)?;
        fs::read_dir(&path).map_err(|error| {
            Fault::new(Exit::Denied, format!("--library {}: it cannot be read as a folder: {error}.", folder.display()))
                .advise("give a folder that you may read")
        })?;
        if !absolute.contains(&path) {
            absolute.push(path);
        }
    }
    Ok(absolute)
}

fn existing(flag: &str, path: &Path) -> Result<PathBuf, Fault> {
    fs::canonicalize(path).map_err(|error| {
        Fault::new(Exit::Config, format!("{flag} {}: {error}.", path.display())).advise("check the spelling")
    })
}

fn home_name(name: &str) -> Result<String, Fault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Fault::new(Exit::Config, format!("--name: a name has 1 to {NAME_CHARS_MAX} characters.")));
    }
    Ok(name.to_owned())
}

fn loopback(listen: SocketAddr) -> Result<SocketAddr, Fault> {
    if listen.ip().is_loopback() {
        return Ok(listen);
    }
    Err(Fault::new(Exit::Config, format!("--listen {listen}: the local page answers this machine only."))
        .advise("use an address of this machine, such as 127.0.0.1:4747"))
}

fn machine_name() -> String {
    let from_system = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = from_system.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(|| std::env::var("HOSTNAME").ok());
    let name: String =
        name.unwrap_or_default().trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if name.is_empty() { "My home".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_once_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("data")).unwrap();
        let music = dir.path().join("music");
        fs::create_dir(&music).unwrap();
        let told = Told {
            portal: Some("https://Portal.example/".into()),
            libraries: vec![music.clone(), music],
            name: Some(" Attic ".into()),
            listen: Some(([127, 0, 0, 1], 5000).into()),
            ca: None,
            direct: vec!["192.168.1.20:4748".into(), "[fd00::1]:4748".into()],
        };
        let settings = Settings::load(&data).unwrap().changed_by(&told).unwrap();
        settings.save(&data).unwrap();
        let again = Settings::load(&data).unwrap().changed_by(&Told::default()).unwrap();
        assert_eq!(again, settings);
        assert_eq!(again.portal.as_deref(), Some("https://portal.example"));
        assert_eq!(again.libraries.len(), 1);
        assert_eq!(again.home_name(), "Attic");
        assert_eq!(again.direct_addresses().len(), 2);
        let off = Told { direct: vec!["off".into()], ..Told::default() };
        assert_eq!(again.changed_by(&off).unwrap().direct_addresses(), []);
    }

    #[test]
    fn other_machines_are_told_only_addresses_that_they_may_reach() {
        let reachable = |text: &str| is_reachable(&text.parse().unwrap());
        assert!(["192.168.1.2", "203.0.113.9", "fd00::1", "2001:db8::1"].into_iter().all(reachable));
        assert!(!["127.0.0.1", "169.254.7.7", "::1", "fe80::1"].into_iter().any(reachable));
    }

    #[test]
    fn wrong_settings_name_their_flag() {
        let told = |told: Told| Settings::default().changed_by(&told).unwrap_err();
        for portal in ["portal.example", "ftp://x", "https://a@b", "https://a/?q"] {
            let fault = told(Told { portal: Some(portal.into()), ..Told::default() });
            assert!(fault.message.contains("--portal") && fault.advice.is_some(), "{fault}");
        }
        assert!(
            told(Told { libraries: vec!["/no/such/folder".into()], ..Told::default() }).message.contains("--library")
        );
        assert!(told(Told { listen: Some(([0, 0, 0, 0], 1).into()), ..Told::default() }).message.contains("--listen"));
        for direct in [vec!["192.168.1.20"], vec!["0.0.0.0:4748"], vec!["off", "10.0.0.1:1"]] {
            let direct = direct.into_iter().map(String::from).collect();
            assert!(told(Told { direct, ..Told::default() }).message.contains("--direct"));
        }
        assert!(told(Told { name: Some(" ".into()), ..Told::default() }).message.contains("--name"));
    }

    #[test]
    fn a_broken_settings_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        let fault = Settings::load(&data).unwrap_err();
        assert!(fault.message.contains(FILE), "{fault}");
    }
}
