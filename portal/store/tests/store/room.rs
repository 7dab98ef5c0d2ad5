use crate::kit::on_both;

on_both! {
    a_trial_of_the_disk_leaves_nothing_behind_and_may_be_repeated;
}

mod run {
    use iroam_store::Room;

    use crate::kit::World;

    pub(super) async fn a_trial_of_the_disk_leaves_nothing_behind_and_may_be_repeated(world: &World) {
        let (here, there) = (&world.store, world.another().await);
        for _ in 0..3 {
            let (one, other) = tokio::join!(here.try_room(), there.try_room());
            assert_eq!((one, other), (Ok(()), Ok(())));
        }
        assert_eq!(here.room(), Room::default());
    }
}
