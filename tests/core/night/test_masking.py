from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.night.masking import MASK, mask

LETTERS = string.ascii_letters + string.digits
# Put together here, so that nobody's scanner takes this file for a leak.
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = (
    "-----BEGIN RSA PRIVATE "
    + "KEY-----\nMIIEpAIBAAKCAQEAxMIIEpAIBAAKCAQEAxMIIEpAIBAAKCAQEAx\nq83vEjRWeJA\n-----END RSA PRIVATE "
    + "KEY-----"
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f'let t = "{GITHUB}";', f'let t = "{MASK}";'),
        (f'const JWT: &str = "{JWT}";', f'const JWT: &str = "{MASK}";'),
        ('aws("AKIA' + 'IOSFODNN7EXAMPLE")', f'aws("{MASK}")'),
        ('key("sk-' + 'proj-abcdefghijklmnopqrst")', f'key("{MASK}")'),
        ('connect("postgres://me:hunter2@db/x")', f'connect("postgres://{MASK}@db/x")'),
        ('const API_KEY: &str = "opensesame";', f'const API_KEY: &str = "{MASK}";'),
        ('    .password("hunter2hunter")', f'    .password("{MASK}")'),
        ('("db_password", "hunter2")', f'("db_password", "{MASK}")'),
        ('let secret = String::from("correct-horse");', f'let secret = String::from("{MASK}");'),
        (f"{PEM}\nfn f() {{}}", f"{PEM[:31]}{MASK}\n{PEM[-29:]}\nfn f() {{}}"),
        (f"{PEM[:60]}\n\nRewrite:\nfn f() {{}}", f"{PEM[:31]}{MASK}\n\nRewrite:\nfn f() {{}}"),
        ("d41d8cd98f00b204e9800998ecf8427e", MASK),
    ],
)
def test_a_secret_is_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "code",
    [
        "let token = lexer.next_token();",
        "fn password(&self) -> &str { &self.password }",
        'Err("no token given".into())',
        "impl<'a> Deserialize<'a> for AccountConfigurationOptionsV2 {}",
        "use crate::transport::connection_pool_manager_2024::{Builder, Handle};",
        'assert_eq!(parse("2024-01-31T12:00:00Z"), 0x1234_5678_9abc_def0u64);',
        "pub const THIRTY_TWO_BIT_LITTLE_ENDIAN_ELF_HEADER_SIZE: usize = 52;",
        "error[E0382]: use of moved value: `secret`\n --> src/lib.rs:12:5",
        "let v: u128 = 0xd8d7d6d5d4d3d2d1c2c1b2b1a4a3a2a1;",
        "18298803717624646317403958239767298048",
        'Err("PropertyValueNotFound in ConnectClientInfoExtraArgs")',
        "  --> /rustc/ded5c06cf21d2b93bffd5d884aa6e96934ee4234/library/core/src/iter/traits/collect.rs:312:17",
        'let key = "name"; map.get("token")',
    ],
)
def test_code_that_only_looks_like_it_stays_as_it_is(code: str) -> None:
    assert mask(code) == code


@given(st.integers(0, 9_999), st.integers(24, 48))
def test_random_bytes_are_masked_however_they_are_written(seed: int, size: int) -> None:
    key = random.Random(seed).randbytes(size)
    for word in (base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode(), key.hex()):
        assert word.rstrip("=") not in mask(f'let x = b"{word}";')


@given(st.text(st.sampled_from(LETTERS + "\"'_-=:/.@ \n;()"), max_size=200))
def test_masking_again_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
