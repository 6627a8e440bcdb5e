//! The network: names are looked up by us, and the very addresses that are looked at are connected to. A name that leads
//! elsewhere at the next look gains nothing by it.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::header::{CONNECTION, HeaderMap, SET_COOKIE, TRANSFER_ENCODING};
use reqwest::{Client, redirect};

use super::address::{Reach, reach};
use super::client::{HttpAnswer, HttpClient, HttpError, HttpRequest};

/// A connection that nobody needs for so long is closed.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// As many as may be left open to one host.
const IDLE_CONNECTIONS: usize = 2;

/// The client that is used outside dialogs. It is made when it is first needed.
#[derive(Debug)]
pub struct Net {
    client: OnceLock<Option<Client>>,
    names: Guarded,
}

/// Looks names up.
#[async_trait]
pub trait Names: Send + Sync {
    /// All addresses of the name.
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As the machine does.
struct System;

/// Gives away only addresses that may be reached by name.
#[derive(Clone)]
struct Guarded {
    names: Arc<dyn Names>,
    /// By these names also machines inside are reached.
    trusted: Vec<String>,
}

/// The name leads to a machine that plugins must not reach.
#[derive(Debug, thiserror::Error)]
#[error("the name leads inside")]
struct LeadsInside;

impl Default for Net {
    fn default() -> Self {
        Self::with(Arc::new(System))
    }
}

impl Net {
    /// With another way to look names up. What it finds is looked at like everything that is found.
    pub fn with(names: Arc<dyn Names>) -> Self {
        Self::of(names, Vec::new())
    }

    /// One by which these names may lead inside, because the owner of the installation has written them. Not for plugins, and for the
    /// ports alone that the owner has written with them: names are looked up without one.
    pub fn trusting(trusted: Vec<String>) -> Self {
        Self::of(Arc::new(System), trusted)
    }

    fn of(names: Arc<dyn Names>, trusted: Vec<String>) -> Self {
        Self {
            client: OnceLock::new(),
            names: Guarded { names, trusted },
        }
    }

    fn client(&self) -> Result<&Client, HttpError> {
        let client = self.client.get_or_init(|| {
            let builder = Client::builder()
                .redirect(redirect::Policy::none())
                // A proxy would look the names up.
                .no_proxy()
                .referer(false)
                .dns_resolver(Arc::new(self.names.clone()))
                .pool_idle_timeout(IDLE_MAX)
                .pool_max_idle_per_host(IDLE_CONNECTIONS);
            let client = builder.build();
            client
                .inspect_err(|error| tracing::error!(error = %error, "plugins cannot ask other servers"))
                .ok()
        });
        client
            .as_ref()
            .ok_or(HttpError::Unavailable("this machine cannot ask other servers"))
    }
}

#[async_trait]
impl Names for System {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { names, trusted } = self.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            let trusted = trusted.iter().any(|known| known == name.as_str());
            let may_reach = |address: &IpAddr| match reach(*address) {
                Reach::Inside if trusted => true,
                _ => may_reach(name.as_str(), *address),
            };
            // One that is refused condemns all: nobody has a reason to mix them.
            if !found.iter().all(may_reach) {
                return Err(LeadsInside.into());
            }
            let addresses: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as _)
        })
    }
}

/// `localhost` is asked for by name, as if it were an address, and so leads to this machine and nowhere else.
fn may_reach(name: &str, address: IpAddr) -> bool {
    if name == "localhost" {
        return address.is_loopback();
    }
    reach(address) == Reach::Public
}

#[async_trait]
impl HttpClient for Net {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let HttpRequest {
            method,
            body,
            url,
            headers,
            answer_bytes,
        } = request;
        let client = self.client()?;
        let mut asked = client.request(method, url);
        if let Some(body) = body {
            asked = asked.body(body);
        }
        let mut response = asked.headers(headers).send().await.map_err(|error| broken(&error))?;
        let announced = response.content_length().unwrap_or(0);
        let mut answer = HttpAnswer {
            status: response.status().as_u16(),
            headers: texts(response.headers()),
            body: Vec::new(),
        };
        if announced > answer_bytes as u64 {
            return Err(HttpError::TooLarge(answer));
        }
        while let Some(part) = response.chunk().await.map_err(|error| broken(&error))? {
            answer.body.extend_from_slice(&part);
            if answer.body.len() > answer_bytes {
                answer.body = Vec::new();
                return Err(HttpError::TooLarge(answer));
            }
        }
        Ok(answer)
    }
}

/// What a plugin can read of them and has a use for. It keeps no cookies.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let wanted = headers
        .iter()
        .filter(|(name, _)| ![SET_COOKIE, CONNECTION, TRANSFER_ENCODING].contains(name));
    let texts = wanted.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    texts.collect()
}

fn broken(error: &reqwest::Error) -> HttpError {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<LeadsInside>() {
            return HttpError::Inside;
        }
        source = cause.source();
    }
    HttpError::Unavailable(if error.is_connect() {
        "there is no connection"
    } else {
        "the server broke off"
    })
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Mutex;

    use url::Url;

    use super::*;

    /// Finds one list of addresses after the other.
    struct Scripted(Mutex<Vec<Vec<IpAddr>>>);

    #[async_trait]
    impl Names for Scripted {
        async fn addresses(&self, _name: &str) -> std::io::Result<Vec<IpAddr>> {
            Ok(self.0.lock().expect("nobody panics while holding it").remove(0))
        }
    }

    fn leading(lists: &[&[&str]]) -> Arc<Scripted> {
        let address = |text: &&str| text.parse().expect("it is an address");
        let lists = lists.iter().map(|list| list.iter().map(address).collect());
        Arc::new(Scripted(Mutex::new(lists.collect())))
    }

    fn guarded(lists: &[&[&str]], trusted: &[&str]) -> Guarded {
        Guarded {
            names: leading(lists),
            trusted: trusted.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    async fn resolved(names: &Guarded, name: &str) -> Result<Vec<IpAddr>, bool> {
        let name: Name = name.parse().expect("it is a name");
        match names.resolve(name).await {
            Ok(found) => Ok(found.map(|address| address.ip()).collect()),
            Err(error) => Err(error.is::<LeadsInside>()),
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_at_the_second_look_is_refused() {
        let names = guarded(&[&["1.1.1.1", "2606:4700::1111"], &["127.0.0.1"]], &[]);
        let public = ["1.1.1.1", "2606:4700::1111"].map(|text| text.parse().expect("it is an address"));
        assert_eq!(resolved(&names, "rebind.example").await, Ok(public.to_vec()));
        assert_eq!(resolved(&names, "rebind.example").await, Err(true));
    }

    #[tokio::test]
    async fn one_address_inside_condemns_all() {
        for inside in [
            "10.0.0.7",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "fd00::1",
            "64:ff9b::7f00:1",
        ] {
            let names = guarded(&[&["1.1.1.1", inside]], &["other.example"]);
            assert_eq!(resolved(&names, "mixed.example").await, Err(true), "{inside}");
        }
    }

    #[tokio::test]
    async fn a_name_that_the_owner_has_written_leads_inside_and_never_to_what_nobody_may_reach() {
        let names = guarded(&[&["10.0.0.7"], &["169.254.169.254"]], &["plugins.corp.example"]);
        assert!(resolved(&names, "plugins.corp.example").await.is_ok());
        assert_eq!(resolved(&names, "plugins.corp.example").await, Err(true));
    }

    #[tokio::test]
    async fn localhost_is_this_machine_and_nothing_else() {
        let names = guarded(&[&["127.0.0.1", "::1"], &["1.1.1.1"]], &[]);
        assert!(resolved(&names, "localhost").await.is_ok());
        assert_eq!(resolved(&names, "localhost").await, Err(true));
    }

    /// A server that answers once with these bytes, and then keeps the line open.
    fn server(answer: Vec<u8>) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        std::thread::spawn(move || {
            let (mut line, _) = listener.accept().expect("somebody connects");
            let mut asked = [0; 1024];
            let _ = line.read(&mut asked);
            let _ = line.write_all(&answer);
            // Until the other side hangs up.
            let _ = line.read(&mut asked);
        });
        port
    }

    fn to(url: &str) -> HttpRequest {
        HttpRequest {
            method: reqwest::Method::GET,
            body: None,
            url: Url::parse(url).expect("it is an address"),
            headers: HeaderMap::new(),
            answer_bytes: 1000,
        }
    }

    #[tokio::test]
    async fn a_server_is_asked_and_answers() {
        let answer =
            "HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\nX-Odd: \u{e9}\r\nContent-Length: 4\r\n\r\nbody";
        let port = server(answer.as_bytes().to_vec());
        let answer = Net::default().exchange(to(&format!("http://127.0.0.1:{port}/"))).await;
        let expected = HttpAnswer {
            status: 302,
            headers: vec![
                ("location".to_owned(), "/x".to_owned()),
                ("content-length".to_owned(), "4".to_owned()),
            ],
            body: b"body".to_vec(),
        };
        assert_eq!(answer, Ok(expected));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let net = Net::with(leading(&[&["127.0.0.1"]]));
        let asked = net.exchange(to(&format!("http://api.acme.example:{port}/"))).await;
        assert_eq!(asked, Err(HttpError::Inside));
        listener.set_nonblocking(true).expect("it is a socket");
        assert!(listener.accept().is_err(), "nobody knocked");
    }

    #[tokio::test]
    async fn too_much_is_cut_off_whether_it_is_announced_or_not() {
        let long = "x".repeat(1001);
        for head in ["Content-Length: 1000000\r\n\r\n", "Connection: close\r\n\r\n"] {
            let port = server(format!("HTTP/1.1 200 OK\r\n{head}{long}").into_bytes());
            let asked = Net::default().exchange(to(&format!("http://127.0.0.1:{port}/"))).await;
            assert!(
                matches!(&asked, Err(HttpError::TooLarge(answer)) if answer.status == 200 && answer.body.is_empty()),
                "{head}: {asked:?}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_unavailable() {
        let port = server(b"nonsense\r\n\r\n".to_vec());
        let asked = Net::default().exchange(to(&format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(asked, Err(HttpError::Unavailable("the server broke off")));
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = free.local_addr().expect("it listens").port();
        drop(free);
        let asked = Net::default().exchange(to(&format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(asked, Err(HttpError::Unavailable("there is no connection")));
    }
}
