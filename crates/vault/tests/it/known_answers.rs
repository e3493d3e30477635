//! Known answers of the formats: computed once by an independent implementation (Python's
//! `hmac`/`hashlib` and the `cryptography` package) from the descriptions in `record.rs` and
//! `wrap.rs`. They must never change; a new format gets new answers beside these.
//!
//! Keys count upwards: KEK 00…1f, root 20…3f, data key 40…5f, data key id 60…6f. Salts and nonces
//! are one byte repeated: a1/b1 root, a2/b2 data key, a3/b3 text record, a4/b4 map record.

/// The key-encryption key.
pub(crate) const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Its id.
pub(crate) const KEK_ID: &str = "8b8341e8a322319f";
/// Installation, project and connection.
pub(crate) const INSTANCE: &str = "inst_kat";
pub(crate) const PROJECT: &str = "proj_01hzzzzzzzzzzzzzzzzzzzzzzz";
pub(crate) const CONNECTION: &str = "conn_01hyyyyyyyyyyyyyyyyyyyyyyy";

/// Root version 1 under the KEK.
pub(crate) const ROOT: &str = "\
    434b01018b8341e8a322319fa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\
    a1a1a1a1aeb286601a602a58d626e6df286cc633b1b1b1b1b1b1b1b1b1b1b1b1049912833d3a1775\
    1c619e663b4441beaf1160cf28cadec450aa9f44eedd858293b712bb5542824c3dc0655df14712c8";
/// Data key version 1 under root 1.
pub(crate) const DEK: &str = "\
    434b01014af0d294a817125ba2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2\
    a2a2a2a2bc0b2fd3a4eb367bd49677bde85cc32cb2b2b2b2b2b2b2b2b2b2b2b2e4a5a9448fec26b4\
    5f4e471e795b513447391855506caccd44e5078ced24be36cd86c962f5d7c5be4c26700e85ebb9e6";
/// `credentials.access_token`, generation 7: the text `ya29.example-token`.
pub(crate) const TEXT: &str = "\
    435601010001606162636465666768696a6b6c6d6e6fa3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3\
    a3a3a3a3a3a3a3a3a3a3a3a3a3a3bcffec0c5fd2e2c4ee90b51b992809acb3b3b3b3b3b3b3b3b3b3\
    b3b3190c39d6226d01bc39881c02f7f851fa365151ac61a3151a527d43d999e4d5550b7de7e8e8c3\
    b8756c945a2eb4962f6bcba2ec151a53068cf45e0045e93a8173b2b37812ef02a9ae95c271a10d78\
    5628";
/// `credentials.fields`, generation 7: password `pässword`, username `ada`.
pub(crate) const MAP: &str = "\
    435601010001606162636465666768696a6b6c6d6e6fa4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4\
    a4a4a4a4a4a4a4a4a4a4a4a4a4a419fc001de18008dabfd521860ef8b48bb4b4b4b4b4b4b4b4b4b4\
    b4b4402783e7e4237b4114fa85984c8890e274df64e5c5f544a7360a0d639cdba6aa3617f0f09123\
    7bf5b11c92c1d341e7dd5527b87761d8fa3d6b9727ef6835b63ab4248f068fe6a25d8c82d3c75284\
    a393";
/// The key derived for the label `audit`.
pub(crate) const DERIVED: &str = "\
    2cd6edbe8c8b77f6aa2cf9383a182980b2af109900edd72a77208f0965b99e05";
