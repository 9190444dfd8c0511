"""The table of std's conversions, by the shapes of the two types: data for `converting`."""

# wanted <- given: ways, the likeliest first. Single capitals are variables; `int`, `float` and `num` are all numbers
# of the kind; `{T}`, `{int}` put in what a variable of the row stands for. A way that begins with `~` may panic or
# loses something: it comes later. What can only stand in some functions (`?`, `.await`) is dropped elsewhere.
TABLE = """
&str        <- String               : &{} | {}.as_str()
&str        <- &String              : {}.as_str()
&str        <- char                 : &{}.to_string()
&str        <- num                  : &{}.to_string()
&str        <- &[u8]                : ~std::str::from_utf8({}).unwrap()
&str        <- Vec<u8>              : ~std::str::from_utf8(&{}).unwrap()
&str        <- Option<&str>         : {}? | ~{}.unwrap_or_default() | ~{}.unwrap()
&str        <- Option<String>       : {}.as_deref().unwrap_or_default() | ~{}.as_deref().unwrap()
&str        <- Cow<str>             : &{} | {}.as_ref()
&str        <- OsStr                : ~{}.to_str().unwrap()
&str        <- &OsStr               : {}.to_str()? | ~{}.to_str().unwrap() | ~&{}.to_string_lossy()
&str        <- &Path                : {}.to_str()? | ~{}.to_str().unwrap() | ~&{}.to_string_lossy()
&str        <- &PathBuf             : {}.to_str()? | ~{}.to_str().unwrap() | ~&{}.to_string_lossy()
&str        <- PathBuf              : {}.to_str()? | ~{}.to_str().unwrap()
&str        <- Box<str>             : &{}
String      <- &str                 : {}.to_string() | {}.to_owned() | String::from({})
String      <- str                  : {}.to_string()
String      <- &String              : {}.clone() | {}.to_string()
String      <- &&str                : {}.to_string()
String      <- &mut String          : {}.clone() | std::mem::take({})
String      <- char                 : {}.to_string() | String::from({})
String      <- &char                : {}.to_string()
String      <- bool                 : {}.to_string()
String      <- num                  : {}.to_string()
String      <- &num                 : {}.to_string()
String      <- Box<str>             : {}.into_string()
String      <- Cow<str>             : {}.into_owned() | {}.to_string()
String      <- Arguments            : {}.to_string()
String      <- PathBuf              : {}.display().to_string() | ~{}.to_string_lossy().into_owned()
String      <- &Path                : {}.display().to_string() | ~{}.to_string_lossy().into_owned()
String      <- &PathBuf             : {}.display().to_string() | ~{}.to_string_lossy().into_owned()
String      <- OsString             : {}.to_string_lossy().into_owned() | ~{}.into_string().unwrap()
String      <- &OsStr               : {}.to_string_lossy().into_owned()
String      <- Vec<char>            : {}.into_iter().collect() | {}.iter().collect()
String      <- &[char]              : {}.iter().collect()
String      <- &Vec<char>           : {}.iter().collect()
String      <- Vec<u8>              : String::from_utf8({})? | String::from_utf8_lossy(&{}).into_owned()
String      <- &[u8]                : String::from_utf8_lossy({}).into_owned()
String      <- Vec<String>          : {}.concat() | {}.join(", ") | {}.join(" ")
String      <- Vec<&str>            : {}.concat() | {}.join(", ") | {}.join(" ")
String      <- &[String]            : {}.concat() | {}.join(", ")
String      <- Option<&str>         : {}?.to_string() | ~{}.unwrap_or_default().to_string()
String      <- Option<&String>      : {}?.clone() | {}.cloned().unwrap_or_default() | ~{}.unwrap().clone()
String      <- ParseIntError        : {}.to_string()
String      <- Error                : {}.to_string()
String      <- &Error               : {}.to_string()
Cow<str>    <- &str                 : Cow::Borrowed({}) | {}.into()
Cow<str>    <- String               : Cow::Owned({}) | {}.into()
Box<str>    <- &str                 : {}.into()
Box<str>    <- String               : {}.into_boxed_str()
Rc<str>     <- &str                 : {}.into()
Rc<str>     <- String               : {}.into()
Arc<str>    <- &str                 : {}.into()
Arc<str>    <- String               : {}.into()
Box<dyn E>  <- &str                 : {}.into()
Box<dyn E>  <- String               : {}.into()
char        <- u8                   : {} as char | char::from({})
char        <- &u8                  : *{} as char
char        <- u32                  : char::from_u32({})? | ~char::from_u32({}).unwrap()
char        <- int                  : {} as u8 as char
char        <- &str                 : ~{}.chars().next().unwrap()
char        <- Option<char>         : {}? | ~{}.unwrap_or_default() | ~{}.unwrap()
u8          <- char                 : {} as u8
u8          <- &char                : *{} as u8
int         <- char                 : {} as {int} | ~{}.to_digit(10).unwrap() as {int}
int         <- bool                 : {} as {int} | {int}::from({})
int         <- String               : {}.parse()? | ~{}.parse().unwrap()
int         <- &str                 : {}.parse()? | ~{}.parse().unwrap()
int         <- &String              : {}.parse()? | ~{}.parse().unwrap()
float       <- String               : {}.parse()? | ~{}.parse().unwrap()
float       <- &str                 : {}.parse()? | ~{}.parse().unwrap()
usize       <- String               : ~{}.len()
usize       <- &str                 : ~{}.len()
usize       <- Vec<T>               : {}.len()
usize       <- &Vec<T>              : {}.len()
usize       <- &[T]                 : {}.len()
usize       <- [;]                  : {}.len()
usize       <- HashMap<K, V>        : {}.len()
usize       <- HashSet<T>           : {}.len()
usize       <- BTreeMap<K, V>       : {}.len()
usize       <- BTreeSet<T>          : {}.len()
usize       <- VecDeque<T>          : {}.len()
float       <- &int                 : *{} as {float}
int         <- &float               : *{} as {int}
float       <- int                  : {} as {float}
int         <- float                : {} as {int} | {}.round() as {int}
num         <- &num                 : *{}
num         <- NonZero<T>           : {}.get()
NonZero<T>  <- int                  : NonZero::new({})? | ~NonZero::new({}).unwrap()
u64         <- Duration             : {}.as_secs()
u128        <- Duration             : {}.as_millis()
f64         <- Duration             : {}.as_secs_f64()
f32         <- Duration             : {}.as_secs_f32()
Duration    <- int                  : Duration::from_secs({}) | Duration::from_millis({})
Duration    <- float                : Duration::from_secs_f64({})
Duration    <- Instant              : {}.elapsed()
bool        <- Option<T>            : {}.is_some() | {}.is_none() | ~{}.unwrap_or_default()
bool        <- &Option<T>           : {}.is_some() | {}.is_none()
bool        <- Result<T, E>         : {}.is_ok() | {}.is_err()
bool        <- &Result<T, E>        : {}.is_ok() | {}.is_err()
bool        <- &bool                : *{}
bool        <- int                  : {} != 0 | {} > 0
bool        <- String               : !{}.is_empty() | {}.is_empty()
bool        <- &str                 : !{}.is_empty() | {}.is_empty()
bool        <- Vec<T>               : !{}.is_empty() | {}.is_empty()
bool        <- &Vec<T>              : !{}.is_empty() | {}.is_empty()
bool        <- &[T]                 : !{}.is_empty() | {}.is_empty()
bool        <- Ordering             : {}.is_lt() | {}.is_gt() | {}.is_eq()
Ordering    <- Option<Ordering>     : ~{}.unwrap_or(std::cmp::Ordering::Equal) | ~{}.unwrap()
Option<Ordering> <- Ordering        : Some({})
&[u8]       <- &str                 : {}.as_bytes()
&[u8]       <- String               : {}.as_bytes()
&[u8]       <- &String              : {}.as_bytes()
&[T]        <- Vec<T>               : &{} | {}.as_slice()
&[T]        <- [T; N]               : &{}
&[T]        <- Box<[T]>             : &{}
&[T]        <- Option<&T>           : {}.as_slice()
&[T]        <- &T                   : std::slice::from_ref({})
&[T]        <- T                    : &[{}] | std::slice::from_ref(&{})
&[char]     <- &str                 : &{}.chars().collect::<Vec<_>>()
&[T]        <- Iter<T>              : {}.as_slice()
&[&T]       <- Vec<T>               : &{}.iter().collect::<Vec<_>>()
&[&str]     <- &[String]            : &{}.iter().map(String::as_str).collect::<Vec<_>>()
&[&str]     <- Vec<String>          : &{}.iter().map(String::as_str).collect::<Vec<_>>()
&[&str]     <- &Vec<String>         : &{}.iter().map(String::as_str).collect::<Vec<_>>()
&mut [T]    <- Vec<T>               : &mut {} | {}.as_mut_slice()
&mut [T]    <- [T; N]               : &mut {}
Vec<T>      <- &[T]                 : {}.to_vec()
Vec<T>      <- &mut [T]             : {}.to_vec()
Vec<T>      <- &Vec<T>              : {}.clone() | {}.to_vec()
Vec<T>      <- &mut Vec<T>          : {}.clone() | std::mem::take({})
Vec<T>      <- [T; N]               : {}.to_vec() | Vec::from({}) | {}.into()
Vec<T>      <- &[T; N]              : {}.to_vec()
Vec<T>      <- Box<[T]>             : {}.into_vec()
Vec<T>      <- VecDeque<T>          : {}.into() | {}.into_iter().collect()
Vec<T>      <- HashSet<T>           : {}.into_iter().collect()
Vec<T>      <- BTreeSet<T>          : {}.into_iter().collect()
Vec<T>      <- &HashSet<T>          : {}.iter().cloned().collect()
Vec<T>      <- &BTreeSet<T>         : {}.iter().cloned().collect()
Vec<T>      <- BinaryHeap<T>        : {}.into_sorted_vec() | {}.into_vec()
Vec<&T>     <- Vec<T>               : {}.iter().collect()
Vec<&T>     <- &Vec<T>              : {}.iter().collect()
Vec<&T>     <- &[T]                 : {}.iter().collect()
Vec<T>      <- &[&T]                : {}.iter().copied().cloned().collect()
Vec<T>      <- Vec<&T>              : {}.into_iter().cloned().collect()
Vec<T>      <- Option<T>            : {}.into_iter().collect() | ~vec![{}?]
Vec<T>      <- Option<Vec<T>>       : {}? | {}.unwrap_or_default() | ~{}.unwrap()
Vec<T>      <- Option<&Vec<T>>      : {}.cloned().unwrap_or_default() | {}?.clone()
Vec<T>      <- Range<T>             : {}.collect()
Vec<T>      <- RangeInclusive<T>    : {}.collect()
Vec<u8>     <- String               : {}.into_bytes()
Vec<u8>     <- &str                 : {}.as_bytes().to_vec() | {}.into()
Vec<char>   <- &str                 : {}.chars().collect()
Vec<char>   <- String               : {}.chars().collect()
Vec<&str>   <- &str                 : {}.split_whitespace().collect() | {}.lines().collect() | vec![{}]
Vec<T>      <- T                    : vec![{}]
Vec<T>      <- &T                   : vec![{}.clone()] | vec![*{}]
HashSet<T>  <- Vec<T>               : {}.into_iter().collect() | HashSet::from_iter({})
BTreeSet<T> <- Vec<T>               : {}.into_iter().collect()
VecDeque<T> <- Vec<T>               : {}.into() | VecDeque::from({})
HashMap<K, V>  <- Vec<(K, V)>       : {}.into_iter().collect()
BTreeMap<K, V> <- Vec<(K, V)>       : {}.into_iter().collect()
HashMap<K, V>  <- [;]               : HashMap::from({})
BTreeMap<K, V> <- [;]               : BTreeMap::from({})
HashSet<T>  <- [;]                  : HashSet::from({})
BTreeMap<K, V> <- HashMap<K, V>     : {}.into_iter().collect()
HashMap<K, V> <- BTreeMap<K, V>     : {}.into_iter().collect()
Box<[T]>    <- Vec<T>               : {}.into_boxed_slice()
[T; N]      <- Vec<T>               : ~{}.try_into().unwrap()
[T; N]      <- &[T]                 : ~{}.try_into().unwrap()
Option<T>   <- Result<T, E>         : {}.ok()
Option<T>   <- &Option<T>           : {}.clone() | *{}
Option<T>   <- &mut Option<T>       : {}.take() | {}.clone()
Option<T>   <- Option<&T>           : {}.cloned() | {}.copied()
Option<T>   <- Option<&mut T>       : {}.cloned() | {}.copied()
Option<T>   <- Option<Option<T>>    : {}.flatten() | {}?
Option<T>   <- Option<Result<T, E>> : {}.transpose()? | {}.and_then(Result::ok)
Option<T>   <- Vec<T>               : {}.into_iter().next() | {}.pop()
Option<&str> <- Option<String>      : {}.as_deref()
Option<&str> <- &Option<String>     : {}.as_deref()
Option<&str> <- Option<&String>     : {}.map(String::as_str) | {}.map(|x| x.as_str())
Option<&[T]> <- Option<Vec<T>>      : {}.as_deref()
Option<&[T]> <- Option<&Vec<T>>     : {}.map(Vec::as_slice) | {}.map(|x| x.as_slice())
Option<&T>  <- Option<T>            : {}.as_ref()
Option<&T>  <- &Option<T>           : {}.as_ref()
Option<&T>  <- Option<Box<T>>       : {}.as_deref()
Option<&T>  <- Option<&Box<T>>      : {}.map(|x| &**x)
Option<&mut T> <- Option<T>         : {}.as_mut()
Option<&mut T> <- &mut Option<T>    : {}.as_mut()
Option<&mut T> <- Option<Box<T>>    : {}.as_deref_mut()
Option<&mut T> <- Option<&T>        : {}.as_mut()
Option<String> <- Option<&str>      : {}.map(str::to_string) | {}.map(String::from) | {}.map(|x| x.to_string())
Option<Vec<T>> <- Option<&[T]>      : {}.map(<[_]>::to_vec) | {}.map(|x| x.to_vec())
Option<usize> <- Option<(usize, T)> : {}.map(|(i, _)| i)
Option<T>   <- Box<T>               : Some(*{})
Option<T>   <- &T                   : Some({}.clone()) | Some(*{})
Result<T, E> <- Result<Result<T, E>, E> : {}? | {}.and_then(|x| x)
Result<Option<T>, E> <- Option<Result<T, E>> : {}.transpose()
Option<Result<T, E>> <- Result<Option<T>, E> : {}.transpose()
Result<T, String> <- Option<T>      : ~{}.ok_or_else(String::new)
Result<T, Box<dyn E>> <- Result<T, F> : {}.map_err(Into::into) | {}.map_err(|e| e.into())
Result<T, String> <- Result<T, &str>  : {}.map_err(String::from) | {}.map_err(|e| e.to_string())
Result<T, String> <- Result<T, E>   : {}.map_err(|e| e.to_string())
Result<T, ()> <- Result<T, E>       : {}.map_err(|_| ())
Result<T, ()> <- Option<T>          : {}.ok_or(())
Result<(), E> <- Result<T, E>       : {}.map(|_| ())
Option<()>  <- Option<T>            : {}.map(|_| ())
Box<T>      <- &T                   : Box::new({}.clone()) | Box::new(*{})
Box<T>      <- T                    : Box::new({})
Rc<T>       <- T                    : Rc::new({})
Arc<T>      <- T                    : Arc::new({})
Rc<T>       <- &Rc<T>               : Rc::clone({}) | {}.clone()
Arc<T>      <- &Arc<T>              : Arc::clone({}) | {}.clone()
Rc<T>       <- Box<T>               : Rc::from({}) | {}.into()
Weak<T>     <- Rc<T>                : Rc::downgrade(&{})
Weak<T>     <- Arc<T>               : Arc::downgrade(&{})
Weak<T>     <- &Rc<T>               : Rc::downgrade({})
Weak<T>     <- &Arc<T>              : Arc::downgrade({})
Rc<T>       <- Weak<T>              : {}.upgrade()? | ~{}.upgrade().unwrap()
Arc<T>      <- Weak<T>              : {}.upgrade()? | ~{}.upgrade().unwrap()
Option<Rc<T>>  <- Weak<T>           : {}.upgrade()
Option<Arc<T>> <- Weak<T>           : {}.upgrade()
RefCell<T>  <- T                    : RefCell::new({})
Cell<T>     <- T                    : Cell::new({})
Mutex<T>    <- T                    : Mutex::new({})
RwLock<T>   <- T                    : RwLock::new({})
OnceCell<T> <- T                    : OnceCell::from({})
Wrapping<T> <- T                    : Wrapping({})
Reverse<T>  <- T                    : Reverse({}) | std::cmp::Reverse({})
Pin<Box<T>> <- T                    : Box::pin({})
Pin<Box<T>> <- Box<T>               : Box::into_pin({}) | {}.into()
Poll<T>     <- T                    : Poll::Ready({})
Cow<T>      <- &T                   : Cow::Borrowed({})
T           <- Wrapping<T>          : {}.0
T           <- Reverse<T>           : {}.0
T           <- Box<T>               : *{}
T           <- &Box<T>              : *{}.clone() | **{}
T           <- Rc<T>                : (*{}).clone() | *{}
T           <- Arc<T>               : (*{}).clone() | *{}
T           <- &Rc<T>               : (**{}).clone() | **{}
T           <- &Arc<T>              : (**{}).clone() | **{}
T           <- Cell<T>              : {}.get()
T           <- &Cell<T>             : {}.get()
T           <- RefCell<T>           : {}.borrow().clone() | *{}.borrow() | {}.into_inner()
T           <- &RefCell<T>          : {}.borrow().clone() | *{}.borrow()
T           <- Mutex<T>             : ~*{}.lock().unwrap() | ~{}.lock().unwrap().clone() | ~{}.into_inner().unwrap()
T           <- RwLock<T>            : ~*{}.read().unwrap() | ~{}.read().unwrap().clone()
T           <- Ref<T>               : {}.clone() | *{}
T           <- RefMut<T>            : {}.clone() | *{}
T           <- MutexGuard<T>        : *{} | {}.clone()
T           <- RwLockReadGuard<T>   : *{} | {}.clone()
T           <- RwLockWriteGuard<T>  : *{} | {}.clone()
T           <- Cow<T>               : {}.into_owned()
T           <- Option<T>            : {}? | ~{}.unwrap_or_default() | ~{}.unwrap()
T           <- Option<T>            : {}.clone()? | ~{}.clone().unwrap_or_default()
T           <- Result<T, E>         : {}? | ~{}.unwrap() | ~{}.unwrap_or_default()
T           <- Option<&T>           : {}.copied()? | {}.cloned()? | ~{}.cloned().unwrap_or_default() | ~*{}.unwrap()
T           <- &Option<T>           : {}.clone()? | (*{})? | ~{}.clone().unwrap_or_default() | ~{}.unwrap()
&T          <- Option<&T>           : {}? | ~{}.unwrap()
&T          <- Result<&T, E>        : {}? | ~{}.unwrap()
&T          <- Option<T>            : {}.as_ref()? | ~{}.as_ref().unwrap()
&T          <- &Option<T>           : {}.as_ref()? | ~{}.as_ref().unwrap()
&T          <- Box<T>               : &{} | {}.as_ref()
&T          <- &Box<T>              : {}.as_ref()
&T          <- Rc<T>                : &{}
&T          <- Arc<T>               : &{}
&T          <- RefCell<T>           : &{}.borrow()
&T          <- &RefCell<T>          : &{}.borrow()
&T          <- Mutex<T>             : &{}.lock().unwrap()
&T          <- &Mutex<T>            : &{}.lock().unwrap()
&T          <- Arc<Mutex<T>>        : &{}.lock().unwrap()
&T          <- RwLock<T>            : &{}.read().unwrap()
&T          <- Ref<T>               : &{}
&T          <- &&T                  : *{}
&T          <- &&&T                 : **{}
&T          <- &mut T               : &*{}
&T          <- *const T             : unsafe { &*{} }
&T          <- T                    : &{}
&mut T      <- T                    : &mut {}
&mut T      <- Box<T>               : &mut {}
&mut T      <- RefCell<T>           : &mut {}.borrow_mut()
&mut T      <- &RefCell<T>          : &mut {}.borrow_mut()
&mut T      <- Rc<RefCell<T>>       : &mut {}.borrow_mut()
&mut T      <- Mutex<T>             : &mut {}.lock().unwrap()
&mut T      <- Arc<Mutex<T>>        : &mut {}.lock().unwrap()
&mut T      <- RefMut<T>            : &mut {}
&mut T      <- MutexGuard<T>        : &mut {}
&mut T      <- &mut &mut T          : *{}
&mut T      <- Option<&mut T>       : {}? | ~{}.unwrap()
&mut T      <- Option<T>            : {}.as_mut()? | ~{}.as_mut().unwrap()
&&T         <- T                    : &&{}
T           <- &T                   : *{} | {}.clone()
T           <- &mut T               : *{} | {}.clone() | std::mem::take({})
T           <- &&T                  : **{} | (*{}).clone()
PathBuf     <- &str                 : PathBuf::from({}) | {}.into()
PathBuf     <- String               : PathBuf::from({}) | {}.into()
PathBuf     <- &String              : PathBuf::from({}) | {}.into()
PathBuf     <- &Path                : {}.to_path_buf() | {}.to_owned()
PathBuf     <- &PathBuf             : {}.clone() | {}.to_path_buf()
PathBuf     <- OsString             : PathBuf::from({})
PathBuf     <- DirEntry             : {}.path()
&Path       <- PathBuf              : &{} | {}.as_path()
&Path       <- &str                 : Path::new({}) | {}.as_ref()
&Path       <- String               : Path::new(&{}) | {}.as_ref()
&Path       <- &String              : Path::new({}) | {}.as_ref()
OsString    <- &str                 : OsString::from({}) | {}.into()
OsString    <- String               : OsString::from({}) | {}.into()
&OsStr      <- &str                 : OsStr::new({}) | {}.as_ref()
&OsStr      <- String               : {}.as_ref()
Iter<T>     <- Vec<T>               : {}.iter()
IntoIter<T> <- Vec<T>               : {}.into_iter()
Chars       <- &str                 : {}.chars()
BufReader<T> <- T                   : BufReader::new({})
BufWriter<T> <- T                   : BufWriter::new({})
T           <- JoinHandle<T>        : ~{}.join().unwrap()
T           <- {closure}            : ~{}()
Box<dyn F>  <- {closure}            : Box::new({})
Box<dyn F>  <- {fn}                 : Box::new({})
Rc<dyn F>   <- {closure}            : Rc::new({})
Arc<dyn F>  <- {closure}            : Arc::new({})
T           <- impl F               : {}.await
"""

# Where the names that ways begin with live, for files that do not import them.
PATHS = {
    "Cow": "std::borrow::Cow",
    "HashMap": "std::collections::HashMap",
    "HashSet": "std::collections::HashSet",
    "BTreeMap": "std::collections::BTreeMap",
    "BTreeSet": "std::collections::BTreeSet",
    "VecDeque": "std::collections::VecDeque",
    "Rc": "std::rc::Rc",
    "Arc": "std::sync::Arc",
    "RefCell": "std::cell::RefCell",
    "Cell": "std::cell::Cell",
    "OnceCell": "std::cell::OnceCell",
    "Mutex": "std::sync::Mutex",
    "RwLock": "std::sync::RwLock",
    "Path": "std::path::Path",
    "PathBuf": "std::path::PathBuf",
    "OsStr": "std::ffi::OsStr",
    "OsString": "std::ffi::OsString",
    "Duration": "std::time::Duration",
    "NonZero": "std::num::NonZero",
    "Wrapping": "std::num::Wrapping",
    "Reverse": "std::cmp::Reverse",
    "Poll": "std::task::Poll",
    "BufReader": "std::io::BufReader",
    "BufWriter": "std::io::BufWriter",
}
