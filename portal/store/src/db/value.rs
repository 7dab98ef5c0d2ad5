//! Values and rows: integers and texts, each of which may be missing.

use iroam_protocol::{
    id::{ItemId, PeerId, RowId},
    path::Path,
};

use crate::{Error, SecretHash, ids};

/// A value of a statement. The variant gives PostgreSQL the parameter's type, also for a missing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

macro_rules! value_from {
    ($($source:ty => |$value:ident| $made:expr;)*) => {$(
        impl From<$source> for Value {
            fn from($value: $source) -> Self {
                $made
            }
        }
    )*};
}

value_from! {
    i64 => |value| Self::Int(Some(value));
    Option<i64> => |value| Self::Int(value);
    // Beyond 63 bits there is no count and no media time; such a claim was clamped long before.
    u64 => |value| Self::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)));
    Option<u64> => |value| Self::Int(value.map(|value| i64::try_from(value).unwrap_or(i64::MAX)));
    u32 => |value| Self::Int(Some(i64::from(value)));
    bool => |value| Self::Int(Some(i64::from(value)));
    &str => |value| Self::Text(Some(value.to_owned()));
    String => |value| Self::Text(Some(value));
    &String => |value| Self::Text(Some(value.clone()));
    Option<String> => |value| Self::Text(value);
    RowId => |value| Self::Text(Some(value.to_string()));
    Option<RowId> => |value| Self::Text(value.map(|id| id.to_string()));
    PeerId => |value| Self::Text(Some(value.to_string()));
    ItemId => |value| Self::Text(Some(value.to_string()));
    Option<ItemId> => |value| Self::Text(value.map(|id| id.to_string()));
    SecretHash => |value| Self::Text(Some(ids::hex(&value.0)));
    Path => |value| Self::Text(Some(value.as_str().to_owned()));
    Option<Path> => |value| Self::Text(value.map(|path| path.as_str().to_owned()));
}

/// A list of values for a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

/// A row of a result, read from left to right.
#[derive(Debug)]
pub(crate) struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self { values: values.into_iter() }
    }

    pub(crate) fn opt_int(&mut self) -> Result<Option<i64>, Error> {
        match self.values.next() {
            Some(Value::Int(value)) => Ok(value),
            Some(Value::Text(None)) => Ok(None),
            other => Err(unexpected("an integer", other.is_some())),
        }
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<String>, Error> {
        match self.values.next() {
            Some(Value::Text(value)) => Ok(value),
            Some(Value::Int(None)) => Ok(None),
            other => Err(unexpected("a text", other.is_some())),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        self.opt_int()?.ok_or_else(|| unexpected("an integer", false))
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        self.opt_text()?.ok_or_else(|| unexpected("a text", false))
    }

    /// A count or a media time: never negative.
    pub(crate) fn count(&mut self) -> Result<u64, Error> {
        u64::try_from(self.int()?).map_err(|_| Error::Corrupt("a negative count".into()))
    }

    pub(crate) fn opt_count(&mut self) -> Result<Option<u64>, Error> {
        let count = self.opt_int()?.map(u64::try_from).transpose();
        count.map_err(|_| Error::Corrupt("a negative count".into()))
    }

    pub(crate) fn id(&mut self) -> Result<RowId, Error> {
        parsed(&self.text()?)
    }

    pub(crate) fn opt_id(&mut self) -> Result<Option<RowId>, Error> {
        self.opt_text()?.map(|text| parsed(&text)).transpose()
    }

    pub(crate) fn peer(&mut self) -> Result<PeerId, Error> {
        parsed(&self.text()?)
    }

    pub(crate) fn item(&mut self) -> Result<ItemId, Error> {
        parsed(&self.text()?)
    }

    pub(crate) fn opt_item(&mut self) -> Result<Option<ItemId>, Error> {
        self.opt_text()?.map(|text| parsed(&text)).transpose()
    }

    pub(crate) fn opt_path(&mut self) -> Result<Option<Path>, Error> {
        self.opt_text()?.map(|name| path(&name)).transpose()
    }
}

fn path(name: &str) -> Result<Path, Error> {
    let known = [Path::Lan, Path::Direct, Path::Relay].into_iter().find(|path| path.as_str() == name);
    known.ok_or_else(|| Error::Corrupt("a path that does not exist".into()))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt("an id that is none".into()))
}

fn unexpected(wanted: &str, other: bool) -> Error {
    Error::Corrupt(format!("{wanted} is {}", if other { "of another type" } else { "missing" }))
}
