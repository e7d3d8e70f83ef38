//! The operations as `s3s` calls them.
//!
//! Most go to `s3s-fs` unchanged; reads and the three ways in which an object comes to be pass
//! through [`Store`]. What is not listed answers `NotImplemented`.

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, GetBucketLocationInput,
    GetBucketLocationOutput, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectsInput,
    ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};

use super::store::Store;

/// The store, shared with the owner of the server.
#[derive(Clone, Debug)]
pub(super) struct Protocol(pub(super) Arc<Store>);

/// Implements the protocol: operations served unchanged, and operations that create an object.
macro_rules! operations {
    (
        unchanged { $($name:ident: $input:ty => $output:ty;)* }
        creating { $($create:ident: $create_input:ty => $create_output:ty, $action:literal;)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Protocol {
            async fn get_object(
                &self,
                request: S3Request<GetObjectInput>,
            ) -> S3Result<S3Response<GetObjectOutput>> {
                self.0.read(request).await
            }

            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.0.files.$name(request).await
            })*

            $(async fn $create(
                &self,
                request: S3Request<$create_input>,
            ) -> S3Result<S3Response<$create_output>> {
                let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
                let answer = self.0.write(self.0.files.$create(request)).await?;
                self.0.announce(&bucket, &key, $action).await?;
                Ok(answer)
            })*
        }
    };
}

operations! {
    unchanged {
        create_bucket: CreateBucketInput => CreateBucketOutput;
        head_bucket: HeadBucketInput => HeadBucketOutput;
        get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput;
        list_buckets: ListBucketsInput => ListBucketsOutput;
        list_objects: ListObjectsInput => ListObjectsOutput;
        list_objects_v2: ListObjectsV2Input => ListObjectsV2Output;
        head_object: HeadObjectInput => HeadObjectOutput;
        delete_object: DeleteObjectInput => DeleteObjectOutput;
        delete_objects: DeleteObjectsInput => DeleteObjectsOutput;
        create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
        upload_part: UploadPartInput => UploadPartOutput;
        abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
    }
    creating {
        put_object: PutObjectInput => PutObjectOutput, "Put";
        copy_object: CopyObjectInput => CopyObjectOutput, "Copy";
        complete_multipart_upload:
            CompleteMultipartUploadInput => CompleteMultipartUploadOutput, "CompleteMultipartUpload";
    }
}
