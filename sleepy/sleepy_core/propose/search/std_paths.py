"""Where std keeps its well-known names, and which of its traits have which methods."""

from __future__ import annotations

_NAMES = {
    "any": "Any TypeId",
    "borrow": "Borrow BorrowMut Cow ToOwned",
    "cell": "Cell OnceCell Ref RefCell RefMut",
    "cmp": "Ordering Reverse max min",
    "collections": "BTreeMap BTreeSet BinaryHeap HashMap HashSet LinkedList VecDeque",
    "collections::hash_map": "DefaultHasher Entry",
    "collections::btree_map": "Entry",
    "convert": "Infallible TryFrom TryInto",
    "error": "Error",
    "ffi": "CStr CString OsStr OsString",
    "fmt": "Debug Display Formatter Write",
    "fs": "File OpenOptions",
    "future": "Future",
    "hash": "BuildHasher Hash Hasher",
    "io": "BufRead BufReader BufWriter Cursor ErrorKind Read Seek SeekFrom Stdin Stdout Write stdin stdout",
    "iter": "Chain Cycle Enumerate Filter FromIterator Map Peekable Rev Skip Take Zip"
    " Product Sum from_fn once repeat successors zip",
    "marker": "PhantomData PhantomPinned",
    "mem": "MaybeUninit swap take",
    "net": "IpAddr Ipv4Addr Ipv6Addr SocketAddr TcpListener TcpStream UdpSocket",
    "num": "NonZeroU32 NonZeroU64 NonZeroUsize ParseFloatError ParseIntError Wrapping",
    "ops": "Add AddAssign BitAnd BitOr BitXor ControlFlow Deref DerefMut Div DivAssign Index IndexMut Mul MulAssign Neg"
    " Not Range RangeBounds RangeFrom RangeFull RangeInclusive RangeTo Rem Shl Shr Sub SubAssign",
    "path": "Path PathBuf",
    "pin": "Pin",
    "process": "Command ExitCode Stdio exit",
    "ptr": "NonNull addr_of addr_of_mut",
    "rc": "Rc Weak",
    "str": "Chars FromStr from_utf8",
    "string": "FromUtf8Error String ToString",
    "vec": "Vec",
    "sync": "Arc Barrier Condvar LazyLock Mutex MutexGuard Once OnceLock RwLock",
    "sync::atomic": "AtomicBool AtomicI32 AtomicI64 AtomicU32 AtomicU64 AtomicUsize Ordering",
    "sync::mpsc": "Receiver Sender channel",
    "task": "Context Poll Waker",
    "thread": "JoinHandle sleep spawn",
    "time": "Duration Instant SystemTime UNIX_EPOCH",
    "": "cell cmp collections env fmt fs hash io iter mem net ops path process ptr rc slice str sync thread time",
}

_METHODS = {
    "convert::TryInto": "try_into",
    "convert::TryFrom": "try_from",
    "iter::FromIterator": "from_iter",
    "io::Read": "read read_to_end read_to_string read_exact bytes",
    "io::Write": "write write_all flush write_fmt",
    "io::BufRead": "read_line lines read_until split fill_buf",
    "io::Seek": "seek rewind stream_position",
    "fmt::Write": "write_str write_char write_fmt",
    "str::FromStr": "from_str",
    "hash::Hash": "hash hash_slice",
    "hash::Hasher": "finish write_u8 write_u32 write_u64 write_usize",
    "hash::BuildHasher": "build_hasher hash_one",
    "borrow::Borrow": "borrow",
    "borrow::BorrowMut": "borrow_mut",
    "any::Any": "type_id downcast_ref downcast_mut",
    "error::Error": "source description",
    "ops::Deref": "deref",
    "ops::DerefMut": "deref_mut",
    "ops::RangeBounds": "start_bound end_bound contains",
    "ops::Add": "add",
    "ops::Sub": "sub",
    "ops::Mul": "mul",
    "ops::Div": "div",
    "ops::Neg": "neg",
    "ops::Not": "not",
    "ops::Index": "index",
    "fmt::Display": "fmt",
    "fmt::Debug": "fmt",
    "future::Future": "poll",
    "net::ToSocketAddrs": "to_socket_addrs",
    "os::unix::ffi::OsStrExt": "as_bytes from_bytes",
    "os::unix::ffi::OsStringExt": "into_vec from_vec",
    "os::unix::fs::PermissionsExt": "mode set_mode from_mode",
    "os::unix::fs::MetadataExt": "mode uid gid ino",
    "os::unix::process::CommandExt": "exec uid gid",
    "process::Termination": "report",
}


def std_paths(name: str) -> list[str]:
    """The paths by which std has a name: `HashMap` → `std::collections::HashMap`."""
    return ["::".join(filter(None, ("std", module, name))) for module, names in _NAMES.items() if name in names.split()]


def std_traits(method: str) -> list[str]:
    """The traits of std, with their paths, that have a method and are not in every scope anyway."""
    return [f"std::{trait}" for trait, names in _METHODS.items() if method in names.split()]
