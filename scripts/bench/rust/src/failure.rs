//! The failure of a request: its name, its status, and whether a second request may succeed.
use crate::lines::{self, Line};
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;

pub struct Failure {
    pub status: u16,
    name: String,
    message: String,
    retryable: bool,
}

impl Failure {
    pub fn new(name: &str, message: &str) -> Failure {
        let (status, retryable) = match name {
            "InvalidRequest" | "ValidationException" => (400, false),
            "ModelErrorException" => (424, false),
            "ModelStreamErrorException" => (424, true),
            "ThrottlingException" | "ModelNotReadyException" => (429, true),
            "InternalServerException"
            | "StreamTruncated"
            | "StreamCorrupt"
            | "UpstreamUnreachable" => (502, true),
            "ServiceUnavailableException" => (503, true),
            "ModelTimeoutException" => (504, true),
            _ => (502, false),
        };
        Failure {
            status,
            name: name.into(),
            message: message.into(),
            retryable,
        }
    }

    /// The error with which Bedrock rejects a request.
    pub fn of_call<R>(error: SdkError<ConverseStreamError, R>) -> Failure {
        match error.as_service_error() {
            Some(error) => Failure::new(error.code().unwrap_or("UpstreamInvalid"), text(error)),
            None => Failure::of_exchange(&error),
        }
    }

    /// The error with which Bedrock ends an answer. Unlike the error of a rejected request, it has no code.
    pub fn of_stream<R>(error: SdkError<ConverseStreamOutputError, R>) -> Failure {
        let Some(error) = error.as_service_error() else {
            return Failure::of_exchange(&error);
        };
        let name = match error {
            ConverseStreamOutputError::InternalServerException(_) => "InternalServerException",
            ConverseStreamOutputError::ModelStreamErrorException(_) => "ModelStreamErrorException",
            ConverseStreamOutputError::ServiceUnavailableException(_) => {
                "ServiceUnavailableException"
            }
            ConverseStreamOutputError::ThrottlingException(_) => "ThrottlingException",
            ConverseStreamOutputError::ValidationException(_) => "ValidationException",
            _ => "UpstreamInvalid",
        };
        Failure::new(name, text(error))
    }

    /// The failure of a call or an answer in which Bedrock did not send an error.
    fn of_exchange<E, R>(error: &SdkError<E, R>) -> Failure {
        match error {
            SdkError::ResponseError(_) => {
                Failure::new("StreamCorrupt", "Bedrock sent bytes that cannot be read")
            }
            _ => Failure::new("UpstreamUnreachable", "The connection to Bedrock failed"),
        }
    }

    pub fn line(&self, request_id: &str) -> Vec<u8> {
        let Failure {
            name,
            message,
            retryable,
            ..
        } = self;
        let mut line = Vec::new();
        let error = lines::WireError {
            name,
            message,
            retryable: *retryable,
            request_id,
        };
        lines::append(&mut line, &Line::Error { error });
        line
    }
}

fn text(error: &impl ProvideErrorMetadata) -> &str {
    error.message().unwrap_or_default()
}
