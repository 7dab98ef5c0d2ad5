//! The JSON API and its description.

pub(crate) mod v1;

use axum::{Json, Router, extract::DefaultBodyLimit, response::IntoResponse, routing::get};
use iroam_protocol::problem::{Kind, PROBLEM_MEDIA_TYPE, Problem};
use tower_http::csrf::CsrfLayer;
use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema as _,
    openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder},
};
use utoipa_axum::router::OpenApiRouter;

use crate::{failure::Failure, state::App};

/// The largest ordinary body: a heartbeat with its signed path report is below 2 KiB.
const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "iRoam portal",
    description = "Accounts, homes, listening and minutes. Errors are problem details (RFC 9457) with a stable type.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Description;

/// The routes of the API. Changes by cookie come from this site only.
pub(crate) fn routes(csrf: CsrfLayer) -> Router<App> {
    let (router, openapi) = documented().split_for_parts();
    let openapi = with_problems(openapi);
    router
        .route("/api/openapi.json", get(move || describe(openapi.clone())))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(csrf.with_rejection_response(|_| cross_site().into_response()))
}

/// The description of every route, as `/api/openapi.json` shows it.
pub fn openapi() -> OpenApi {
    with_problems(documented().into_openapi())
}

fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", v1::routes())
}

async fn describe(openapi: OpenApi) -> impl IntoResponse {
    Json(openapi)
}

fn cross_site() -> Failure {
    Failure::new(Kind::Forbidden, "This request came from another site, so nothing was done.")
}

/// Every operation may answer with a problem.
fn with_problems(mut openapi: OpenApi) -> OpenApi {
    let components = openapi.components.get_or_insert_default();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let reference = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(reference)).build();
    let response = ResponseBuilder::new().description("A problem").content(PROBLEM_MEDIA_TYPE, content).build();
    for item in openapi.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), RefOr::T(response.clone()));
        }
    }
    openapi
}
