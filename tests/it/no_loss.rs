//! No request is lost on the way: at 200 requests a second, every one that was sent was answered by a pod.

use crate::support::DemoWorld;

const IMAGE: &str = "registry.example.com/shop/checkout:v2.43.0";

/// Runs the actions under traffic, one after the other; after each the traffic is stopped and counted.
async fn nothing_is_lost(actions: &[&[&str]]) {
    let demo = DemoWorld::start("good").await;
    for action in actions {
        demo.traffic(200.0).await;
        let (verb, more) = action.split_first().unwrap();
        let args = [&[*verb, "checkout", "-e", "production", "--yes"], more].concat();
        demo.run(&args).await.exits(0);
        demo.traffic(0.0).await;
        let served = demo.served().await;
        let (sent, answered) = (served.clients("sent"), served.clients("answered"));
        assert!(sent > 100, "hardly any traffic: {sent}");
        assert_eq!(sent, answered, "{action:?} lost requests: {served:?}");
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_roll_back_and_a_new_deploy() {
    nothing_is_lost(&[
        &["rollback"],
        &["deploy", "--image", IMAGE, "--confirm", "checkout"],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_each_promote_to_the_finish() {
    let promote: &[&str] = &["promote", "--confirm", "checkout"];
    nothing_is_lost(&[promote, promote, promote]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_promoting_fully_and_going_back() {
    let back: &[&str] = &["rollback", "--confirm", "checkout"];
    nothing_is_lost(&[&["promote", "--full", "--confirm", "checkout"], back]).await;
}
