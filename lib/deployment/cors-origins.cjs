// CORS of the Function URL, for browsers of the listed origins that sign their requests.

function isOrigin(text) {
  return /^(https:\/\/[\w.-]+|http:\/\/localhost)(:\d{1,5})?$/.test(text);
}

function cors({ corsOrigins }) {
  if (corsOrigins.length === 0) return null;
  return {
    allowedOrigins: corsOrigins,
    allowedMethods: ["POST"],
    allowedHeaders: [
      "accept",
      "authorization",
      "content-type",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-amz-security-token",
    ],
    exposedResponseHeaders: ["retry-after", "x-amzn-errortype", "x-amzn-requestid"],
    maxAge: 3600,
  };
}

module.exports = { isOrigin, cors };
