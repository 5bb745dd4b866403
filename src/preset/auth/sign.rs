//! Keys and signatures, all by ring: the one cryptography of the program. The tokens' notation (RFC 7515) is
//! the kept library's; it is told here how to sign.

use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{hmac, signature as ring_signature};

use super::doc::{AlgDoc, Digest, KeyEncoding, Written};

/// The HMAC of a text.
pub(super) fn hmac_of(digest: Digest, key: &[u8], text: &[u8], written: Written) -> String {
    let algorithm = match digest {
        Digest::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha256 => hmac::HMAC_SHA256,
        Digest::Sha384 => hmac::HMAC_SHA384,
        Digest::Sha512 => hmac::HMAC_SHA512,
    };
    let tag = hmac::sign(&hmac::Key::new(algorithm, key), text);
    match written {
        Written::Hex => hex(tag.as_ref()),
        Written::Base64 => STANDARD.encode(tag.as_ref()),
    }
}

/// Reads a key. The message says what was expected, never what was there.
pub(super) fn key(alg: AlgDoc, encoding: KeyEncoding, text: &str) -> Result<EncodingKey, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("the key is empty".to_owned());
    }
    let pem = encoding == KeyEncoding::Pem;
    match alg {
        AlgDoc::RS256 if pem => EncodingKey::from_rsa_pem(text.as_bytes()).map_err(|_| not_pem("RSA")),
        AlgDoc::ES256 if pem => EncodingKey::from_ec_pem(text.as_bytes()).map_err(|_| not_pem("P-256 (PKCS #8)")),
        AlgDoc::RS256 => Ok(EncodingKey::from_rsa_der(&bytes(encoding, text)?)),
        AlgDoc::ES256 => Ok(EncodingKey::from_ec_der(&bytes(encoding, text)?)),
        _ if pem => Err("a PEM block is no key of HS256, HS384 or HS512".to_owned()),
        _ => Ok(EncodingKey::from_secret(&bytes(encoding, text)?)),
    }
}

fn not_pem(kind: &str) -> String {
    format!("the key is not the PEM block of a private {kind} key")
}

fn bytes(encoding: KeyEncoding, text: &str) -> Result<Vec<u8>, String> {
    match encoding {
        KeyEncoding::Hex => unhex(text).ok_or_else(|| "the key is not hexadecimal".to_owned()),
        KeyEncoding::Base64 => {
            let decoded = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')));
            decoded.map_err(|_| "the key is not base 64".to_owned())
        }
        KeyEncoding::Text | KeyEncoding::Pem => Ok(text.as_bytes().to_vec()),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|char| char.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// Makes the library sign with ring. May be called any number of times.
pub(super) fn install() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: signer,
        verifier_factory: no_verifier,
        key_utils: KeyUtils::new_unimplemented(),
    };
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if PROVIDER.install_default().is_err() {
            tracing::debug!("another way to sign tokens was chosen before");
        }
    });
}

enum Signer {
    Hmac(Algorithm, hmac::Key),
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    let shared = |digest| Signer::Hmac(*algorithm, hmac::Key::new(digest, key.as_bytes()));
    Ok(Box::new(match algorithm {
        Algorithm::HS256 => shared(hmac::HMAC_SHA256),
        Algorithm::HS384 => shared(hmac::HMAC_SHA384),
        Algorithm::HS512 => shared(hmac::HMAC_SHA512),
        Algorithm::RS256 => {
            let pair = RsaKeyPair::from_der(key.as_bytes()).or_else(|_| RsaKeyPair::from_pkcs8(key.as_bytes()));
            Signer::Rsa(Box::new(pair.map_err(|error| ErrorKind::InvalidRsaKey(error.to_string()))?))
        }
        Algorithm::ES256 => {
            let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
            let pair = EcdsaKeyPair::from_pkcs8(kind, key.as_bytes(), &random);
            Signer::Ec(Box::new(pair.map_err(|_| ErrorKind::InvalidEcdsaKey)?))
        }
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    }))
}

fn no_verifier(_: &Algorithm, _: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

impl signature::Signer<Vec<u8>> for Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let random = SystemRandom::new();
        match self {
            Self::Hmac(_, key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signed).map_err(|_| signature::Error::new())?;
                Ok(signed)
            }
            Self::Ec(pair) => {
                let signed: Result<ring_signature::Signature, _> = pair.sign(&random, message);
                signed.map(|signed| signed.as_ref().to_vec()).map_err(|_| signature::Error::new())
            }
        }
    }
}

impl JwtSigner for Signer {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(algorithm, _) => *algorithm,
            Self::Rsa(_) => Algorithm::RS256,
            Self::Ec(_) => Algorithm::ES256,
        }
    }
}
